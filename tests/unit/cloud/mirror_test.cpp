#include "barman/cloud/mirror.h"

#include <gmock/gmock.h>

#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "failing_store.h"

namespace barman::cloud {
namespace {

constexpr const char* id = "20260101T000000";

class MirrorInAStore : public testing::Test {
 protected:
  MirrorInAStore() : mirror_(make_mirror(place_)) {}

  std::string content(const std::string& key) const { return store::read_object(*place_.store, key); }

  fs::TemporaryDirectory directory_{"barman-test-"};
  Place place_{std::make_unique<FailingStore>(directory_.path() + "/bucket"), {"pg", "main"}};
  std::unique_ptr<catalog::Mirror> mirror_;
};

TEST_F(MirrorInAStore, IsTheLayoutOfTheCloudPrograms) {
  mirror_->put(id, "status=DONE\n");
  mirror_->keep(id, catalog::KeepTarget::standalone);
  EXPECT_EQ(content("pg/main/base/20260101T000000/backup.info"), "status=DONE\n");
  EXPECT_EQ(content("pg/main/base/20260101T000000/annotations/keep"), "standalone");
  EXPECT_EQ(mirror_->directory(id), "pg/main/base/20260101T000000");
  EXPECT_EQ(mirror_->info_location(id), "s3://lab/pg/main/base/20260101T000000/backup.info");
}

TEST_F(MirrorInAStore, ReadsWhatItWrote) {
  mirror_->put(id, "status=DONE\n");
  mirror_->put("20260102T000000", "status=DONE\nwhatever=1\n");
  mirror_->keep(id, catalog::KeepTarget::full);
  const auto entries = mirror_->read();
  EXPECT_EQ(entries.backups.at(id).status, catalog::BackupStatus::done);
  EXPECT_TRUE(entries.unreadable.contains("20260102T000000"));
  EXPECT_EQ(mirror_->keeps().at(id), catalog::KeepTarget::full);
}

TEST_F(MirrorInAStore, RemovesWhatMayBeGone) {
  mirror_->put(id, "status=DONE\n");
  mirror_->keep(id, catalog::KeepTarget::full);
  for (int time = 0; time < 2; ++time) {
    mirror_->release(id);
    mirror_->remove(id);
  }
  EXPECT_TRUE(mirror_->read().backups.empty());
  EXPECT_TRUE(mirror_->keeps().empty());
}

}  // namespace
}  // namespace barman::cloud
