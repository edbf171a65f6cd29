// Deletion of backups in an object store.
#include <fmt/core.h>
#include <gmock/gmock.h>

#include "barman/backup/deletion.h"
#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/cloud/place.h"
#include "barman/core/error.h"
#include "fakes/notifier.h"
#include "fakes/runner.h"
#include "unit/catalog/fixture.h"
#include "unit/cloud/failing_store.h"

namespace barman::backup {
namespace {

using catalog::BackupStatus;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* first = "20260101T000000";
constexpr const char* second = "20260102T000000";

// A store in a directory of which one call fails.
class Store : public cloud::FailingStore {
 public:
  Store(const std::string& path, std::string& stop_at, store::Lock& lock)
      : FailingStore(path), stop_at_(stop_at), lock_(lock) {}
  std::vector<store::RemoveFailure> remove(const std::vector<std::string>& keys) override {
    for (const std::string& key : keys)
      if (!stop_at_.empty() && key.ends_with(stop_at_)) return {{key, "SlowDown", "try again"}};
    return FailingStore::remove(keys);
  }
  store::Lock lock(const std::string&) override { return lock_; }

 private:
  std::string& stop_at_;
  store::Lock& lock_;
};

class DeletingInAStore : public catalog::ServerDirectory {
 protected:
  DeletingInAStore() {
    config_.basebackups_directory = "s3://lab/pg";
    config_.archiver = true;
    for (const char* id : {first, second}) {
      const std::string entry = fmt::format(
          "begin_wal=000000010000000000000001\nend_wal=000000010000000000000001\n"
          "timeline=1\nmode=postgres\nserver_name=s\nstatus=DONE\n");
      write(fmt::format("s/meta/{}-backup.info", id), entry);
      write(fmt::format("s/meta/{}-backup_manifest", id), "{}");
      for (const char* name : {"backup.info", "data.tar", "16386.tar"}) put(id, name, entry);
    }
  }
  void put(const std::string& id, const std::string& name, std::string_view content) {
    open().store->put(fmt::format("pg/s/base/{}/{}", id, name), store::Body::of(content), {});
  }
  cloud::Place open() { return {std::make_unique<Store>(path("bucket"), stop_at_, lock_), {"pg", "s"}}; }
  std::vector<std::string> keys() {
    std::vector<std::string> found;
    store::for_each_object(*open().store, {.prefix = "pg/s/base/"},
                           [&](const store::Object& object) { found.push_back(object.key.substr(10)); });
    return found;
  }
  bool remove(const char* id) {
    global_.barman_lock_directory = path("locks");
    const ServerContext::Given given{
        .local = &runner_, .open_place = [this](const std::string&, const config::ServerConfig&) { return open(); }};
    ServerContext server(global_, config_, told_, given);
    return Deletion(server).delete_backup(id);
  }

  config::GlobalConfig global_;
  fakes::RecordingNotifier told_;
  fakes::FakeRunner runner_{[](const exec::Command&) { return exec::Outcome{}; }};
  std::string stop_at_;
  store::Lock lock_;
};

const std::vector<std::string> of_second = {"20260102T000000/16386.tar", "20260102T000000/backup.info",
                                            "20260102T000000/data.tar"};

TEST_F(DeletingInAStore, LeavesNothing) {
  open().store->begin_upload("pg/s/base/20260101T000000/17000.tar");
  EXPECT_TRUE(remove(first));
  EXPECT_EQ(keys(), of_second);
  EXPECT_THAT(open().store->open_uploads("pg/s/base/"), IsEmpty());
  EXPECT_THAT(names("s/meta"), ElementsAre("20260102T000000-backup.info", "20260102T000000-backup_manifest"));
}

TEST_F(DeletingInAStore, IsFinishedByTheSameCommand) {
  config_.cloud_delete_batch_size = 1;
  for (const char* stop : {"data.tar", "backup.info"}) {
    stop_at_ = stop;
    EXPECT_FALSE(remove(first)) << stop;
    EXPECT_EQ(catalog::BackupCatalog(config_).find(first)->status, BackupStatus::started) << stop;
    EXPECT_TRUE(catalog::Annotations(config_).delete_this(first)) << stop;
  }
  EXPECT_THAT(keys(), testing::Contains("20260101T000000/backup.info")) << "it goes behind the archives";
  stop_at_.clear();
  EXPECT_TRUE(remove(first));
  EXPECT_EQ(keys(), of_second);
  EXPECT_FALSE(catalog::Annotations(config_).delete_this(first));
}

TEST_F(DeletingInAStore, LeavesABackupAsItWasWhereNothingCouldBeRemoved) {
  stop_at_ = ".tar";
  EXPECT_FALSE(remove(first));
  EXPECT_EQ(keys().size(), 6U);
  EXPECT_EQ(catalog::BackupCatalog(config_).find(first)->status, BackupStatus::done);
  EXPECT_THAT(store::read_object(*open().store, "pg/s/base/20260101T000000/backup.info"), HasSubstr("status=DONE"));
  EXPECT_FALSE(catalog::Annotations(config_).delete_this(first));
  // One that was half-deleted before stays so.
  config_.cloud_delete_batch_size = 1;
  stop_at_ = "data.tar";
  EXPECT_FALSE(remove(first));
  stop_at_ = ".tar";
  EXPECT_FALSE(remove(first));
  EXPECT_EQ(catalog::BackupCatalog(config_).find(first)->status, BackupStatus::started);
  EXPECT_TRUE(catalog::Annotations(config_).delete_this(first));
}

TEST_F(DeletingInAStore, TouchesNothingThatIsLocked) {
  config_.aws_check_object_lock = true;
  lock_.held = true;
  EXPECT_FALSE(remove(first));
  EXPECT_EQ(keys().size(), 6U);
  EXPECT_EQ(catalog::BackupCatalog(config_).find(first)->status, BackupStatus::done);
  EXPECT_FALSE(catalog::Annotations(config_).delete_this(first));
  lock_.held = false;
  EXPECT_TRUE(remove(first));
}

TEST_F(DeletingInAStore, OfAHostThatReadsThem) {
  config_.active = false;
  for (const std::string& name : names("s/meta")) fs::remove_file(path("s/meta/" + name));
  stop_at_ = "data.tar";
  EXPECT_FALSE(remove(first));
  stop_at_.clear();
  EXPECT_TRUE(remove(first));
  EXPECT_EQ(keys(), of_second);
  EXPECT_THAT(names("s/meta"), IsEmpty());
}

}  // namespace
}  // namespace barman::backup
