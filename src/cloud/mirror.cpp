#include "barman/cloud/mirror.h"

#include <fmt/core.h>

#include "barman/cloud/catalogue.h"
#include "barman/core/error.h"

namespace barman::cloud {
namespace {

class StoreMirror final : public catalog::Mirror {
 public:
  explicit StoreMirror(const Place& place) : store_(*place.store), layout_(place.layout) {}

  std::string where() const override { return at(layout_.base()); }
  std::string directory(const std::string& id) const override {
    std::string prefix = layout_.backup(id);
    prefix.pop_back();
    return prefix;
  }
  std::string info_location(const std::string& id) const override { return at(layout_.backup_info(id)); }

  Entries read() override { return read_entries(store_, layout_); }
  std::map<std::string, catalog::KeepTarget> keeps() override { return read_keeps(store_, layout_); }
  void put(const std::string& id, std::string_view entry) override {
    store_.put(layout_.backup_info(id), store::Body::of(entry));
  }
  void remove(const std::string& id) override { remove_object(layout_.backup_info(id)); }
  void keep(const std::string& id, catalog::KeepTarget target) override {
    store_.put(layout_.keep(id), store::Body::of(target == catalog::KeepTarget::standalone ? "standalone" : "full"));
  }
  void release(const std::string& id) override { remove_object(layout_.keep(id)); }

 private:
  std::string at(const std::string& key) const { return fmt::format("{}/{}", store_.name(), key); }

  void remove_object(const std::string& key) {
    for (const store::RemoveFailure& failure : store_.remove({key}))
      throw Error(Errc::remote,
                  fmt::format("cannot remove '{}' from {}: {}: {}", key, store_.name(), failure.code, failure.message));
  }

  store::ObjectStore& store_;
  const Layout layout_;
};

}  // namespace

std::unique_ptr<catalog::Mirror> make_mirror(const Place& place) { return std::make_unique<StoreMirror>(place); }

}  // namespace barman::cloud
