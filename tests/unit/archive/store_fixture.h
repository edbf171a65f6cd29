#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "archive_fixture.h"
#include "barman/cloud/place.h"
#include "unit/cloud/failing_store.h"

namespace barman::archive {

// The same server, with its WAL in a bucket.
class StoreFixture : public ArchiveFixture {
 protected:
  StoreFixture() {
    config.wals_directory = config.xlogdb_directory = "s3://lab/p";
    auto owned = std::make_unique<cloud::FailingStore>(path("bucket"));
    store = owned.get();
    place = {std::move(owned), {"p", "main"}};
  }

  WalArchive store_archive() const {
    return {config, locks, [this]() -> const cloud::Place& { return place; }};
  }
  std::string key(const std::string& name, const std::string& extension = {}) const {
    return place.layout.wal(name, extension);
  }
  void put_object(const std::string& object, const std::string& content) const {
    store->put(object, store::Body::of(content), {});
  }
  std::string object(const std::string& object) const { return store::read_object(*store, object); }
  std::vector<std::string> keys() const {
    std::vector<std::string> found;
    store::for_each_object(*store, {.prefix = "", .delimiter = {}, .start_after = {}},
                           [&](const store::Object& each) { found.push_back(each.key); });
    return found;
  }
  std::string store_index() const { return fs::read_file_if_exists(path("main/meta/main-xlog.db")).value_or("(none)"); }
  void put_index(const std::string& lines) const { write("main/meta/main-xlog.db", lines); }

  cloud::Place place;
  cloud::FailingStore* store = nullptr;
};

}  // namespace barman::archive
