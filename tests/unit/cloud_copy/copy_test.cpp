#include <gmock/gmock.h>

#include "barman/cloud/wal_upload.h"
#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "copy_fixture.h"

namespace barman::cloud_copy {
namespace {

using catalog::KeepTarget;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

const std::string first = "20260101T000000", second = "20260102T000000", third = "20260103T000000";

std::string wal_key(int segment, int timeline = 1) {
  const std::string name = segment_name(segment, timeline);
  return name.substr(0, 16) + "/" + name;
}

using Copies = CopiedServer;

TEST_F(Copies, HaveWhatWasFinished) {
  add_finished(1, 2, 3);
  EXPECT_TRUE(is_due(*server_, now()));
  copy();
  EXPECT_THAT(keys("base/"), ElementsAre(first + "/backup.info", first + "/data.tar"));
  EXPECT_THAT(keys("wals/"), ElementsAre(wal_key(2), wal_key(3), wal_key(4)));
  EXPECT_THAT(object("base/" + first + "/backup.info"), HasSubstr("status=DONE"));
  EXPECT_FALSE(is_due(*server_, now()));
  const report::CloudCopy standing = cloud_copy::standing(*server_);
  EXPECT_THAT(standing.copied, ElementsAre(first));
  EXPECT_THAT(standing.waiting, IsEmpty());
  EXPECT_EQ(standing.wal_waiting, 0);
  EXPECT_TRUE(standing.last_success);
  EXPECT_FALSE(standing.failed_at);
}

TEST_F(Copies, PutTheEntryLast) {
  add_finished(1, 2, 3);
  copy();
  const auto puts = store_.puts();
  const auto parts = store_.parts();
  ASSERT_FALSE(parts.empty());
  EXPECT_EQ(puts.size(), 4U);
  EXPECT_EQ(puts.back(), "p/main/base/" + first + "/backup.info");
}

// Nothing is asked about what is known to be there.
TEST_F(Copies, AskTheStoreNothingWhenNothingIsDue) {
  add_finished(1, 2, 3);
  copy();
  calls_ = 0;
  start_anew();
  copy();
  EXPECT_EQ(calls_, 0U);
  add_wal(5);
  copy();
  EXPECT_EQ(calls_, 2U);  // a look for other copies of it, and itself
  EXPECT_THAT(keys("wals/"), Contains(wal_key(5)));
}

TEST_F(Copies, DoNotListABackupBeforeItsWalIsThere) {
  add_finished(1, 2, 3);
  drop_wal(3);
  copy();
  EXPECT_THAT(keys("base/"), IsEmpty());
  EXPECT_THAT(notifier_.warnings, Contains(HasSubstr(segment_name(3))));
  add_wal(3);
  copy();
  EXPECT_THAT(keys("base/"), Not(IsEmpty()));
}

TEST_F(Copies, HaveNoWalThatNoBackupNeeds) {
  add_wal(1);
  copy();
  EXPECT_THAT(keys(), IsEmpty());
  add_finished(1, 2, 3);
  copy();
  EXPECT_THAT(keys("wals/"), Not(Contains(wal_key(1))));
}

// WAL of a backup that is being taken is on its way already.
TEST_F(Copies, HaveTheWalOfARunningBackup) {
  add_wal(1);
  add_wal(2);
  catalog::BackupInfo running = finished_backup(1, 2, 2);
  running.set_status(catalog::BackupStatus::started);
  running.end_wal.reset();
  add_backup(running);
  copy();
  EXPECT_THAT(keys(), ElementsAre("wals/" + wal_key(2)));
}

TEST_F(Copies, HaveHistoriesLabelsAndOtherTimelines) {
  add_finished(1, 2, 3);
  add_file("00000002.history", "1\t0/3000138\tno recovery target specified\n");
  add_file(segment_name(2) + ".00000028.backup", "START WAL");
  add_wal(4, "x", 2);
  copy();
  EXPECT_THAT(keys("wals/"), UnorderedElementsAre(wal_key(2), wal_key(2) + ".00000028.backup", wal_key(3), wal_key(4),
                                                  "00000002.history", wal_key(4, 2)));
}

TEST_F(Copies, KeepTheStoredFormOfWal) {
  add_finished(1, 2, 3);
  disk_.write("plain", "content of a segment");
  codec::encode_file(disk_.path("plain"), disk_.path("packed"), codec::stored_as(codec::Algorithm::gzip));
  const std::string packed = disk_.read("packed");
  add_wal(5, packed);
  disk_.config.compression = "custom";
  disk_.config.custom_compression_filter = "cat";
  disk_.config.custom_decompression_filter = "tr a-z A-Z";
  disk_.config.custom_compression_magic = "0x637573";
  add_wal(6, "custom");
  copy();
  EXPECT_EQ(object("wals/" + wal_key(5) + ".gz"), packed);
  EXPECT_EQ(object("wals/" + wal_key(6)), "CUSTOM");
}

TEST_F(Copies, NeverReplaceWalOfOthers) {
  add_finished(1, 2, 3);
  store_.put("p/main/wals/" + wal_key(3), store::Body::of("of another cluster"), {});
  EXPECT_THROW(copy(), cloud::WalConflict);
  EXPECT_EQ(object("wals/" + wal_key(3)), "of another cluster");
  EXPECT_THAT(keys("base/"), IsEmpty());
  const report::CloudCopy standing = cloud_copy::standing(*server_);
  EXPECT_TRUE(standing.failed_at);
  EXPECT_THAT(standing.failure, HasSubstr(wal_key(3)));
  EXPECT_THAT(standing.failure, HasSubstr("another cluster may write there"));
}

TEST_F(Copies, TakeTheSameWalInAnotherFormForTheSame) {
  add_finished(1, 2, 3);
  disk_.write("plain", "x");
  codec::encode_file(disk_.path("plain"), disk_.path("packed"), codec::stored_as(codec::Algorithm::zstd));
  store_.put("p/main/wals/" + wal_key(3) + ".zst", store::Body::of(disk_.read("packed")), {});
  copy();
  EXPECT_THAT(keys("wals/"), Not(Contains(wal_key(3))));
  EXPECT_THAT(keys("base/"), Not(IsEmpty()));
}

TEST_F(Copies, FollowKeepsBothWays) {
  add_finished(1, 2, 3);
  server_->annotations().set_keep(first, KeepTarget::standalone);
  copy();
  EXPECT_EQ(object("base/" + first + "/annotations/keep"), "standalone");
  server_->annotations().set_keep(first, KeepTarget::full);
  EXPECT_TRUE(is_due(*server_, now()));
  copy();
  EXPECT_EQ(object("base/" + first + "/annotations/keep"), "full");
  server_->annotations().release_keep(first);
  copy();
  EXPECT_THAT(keys("base/"), Not(Contains(first + "/annotations/keep")));
  EXPECT_FALSE(is_due(*server_, now()));
}

TEST_F(Copies, SurviveTheDeletionOfTheOriginal) {
  const auto info = add_finished(1, 2, 3);
  add_finished(2, 5, 6);
  copy();
  drop_backup(info);
  copy();
  EXPECT_THAT(keys("base/"), Contains(first + "/backup.info"));
  EXPECT_THAT(cloud_copy::standing(*server_).copied, ElementsAre(first, second));
}

TEST_F(Copies, EnforceTheirOwnRetention) {
  disk_.config.cloud_copy_retention_policy = config::parse_retention_policy("REDUNDANCY 2");
  for (int day = 1; day <= 3; ++day) add_finished(day, 3 * day, 3 * day + 1);
  copy();
  // The oldest was obsolete before it was copied.
  EXPECT_THAT(cloud_copy::standing(*server_).copied, ElementsAre(second, third));
  EXPECT_THAT(keys("wals/"), Not(Contains(wal_key(3))));
  add_finished(4, 12, 13);
  copy();
  EXPECT_THAT(cloud_copy::standing(*server_).copied, ElementsAre(third, "20260104T000000"));
  EXPECT_THAT(keys("base/"), Not(Contains(second + "/data.tar")));
  EXPECT_THAT(keys("wals/"), ElementsAre(wal_key(9), wal_key(10), wal_key(11), wal_key(12), wal_key(13), wal_key(14)));
  EXPECT_FALSE(is_due(*server_, now()));
  calls_ = 0;
  copy();
  EXPECT_EQ(calls_, 0U);
}

TEST_F(Copies, LeaveWhatIsLockedAndDeleteTheRest) {
  disk_.config.aws_check_object_lock = true;
  for (int day = 1; day <= 3; ++day) add_finished(day, 3 * day, 3 * day + 1);
  copy();
  disk_.config.cloud_copy_retention_policy = config::parse_retention_policy("REDUNDANCY 1");
  const std::string locked = "p/main/base/" + second + "/data.tar";
  store_.held = {locked};
  copy();
  EXPECT_THAT(cloud_copy::standing(*server_).copied, ElementsAre(second, third));
  EXPECT_EQ(cloud_copy::standing(*server_).failure, "");
  EXPECT_THAT(keys("base/"), Not(Contains(first + "/data.tar")));
  EXPECT_THAT(keys("wals/"), Contains(wal_key(6))) << "it needs its WAL";
  EXPECT_THAT(notifier_.infos, Contains(HasSubstr("Cannot delete locked object " + locked)));
  EXPECT_FALSE(is_due(*server_, now())) << "not every minute";
  EXPECT_TRUE(is_due(*server_, now() + std::chrono::hours(2)));
  store_.held.clear();
  copy();
  EXPECT_THAT(cloud_copy::standing(*server_).copied, ElementsAre(third));
  EXPECT_THAT(keys("wals/"), Not(Contains(wal_key(6))));
  EXPECT_FALSE(is_due(*server_, now() + std::chrono::hours(2)));
}

TEST_F(Copies, KeepWhatSomebodyKeepsThere) {
  disk_.config.cloud_copy_retention_policy = config::parse_retention_policy("REDUNDANCY 1");
  const auto info = add_finished(1, 3, 4);
  copy();
  drop_backup(info);
  store_.put("p/main/base/" + first + "/annotations/keep", store::Body::of("full"), {});
  add_finished(2, 6, 7);
  copy();
  EXPECT_THAT(cloud_copy::standing(*server_).copied, ElementsAre(first, second));
  EXPECT_FALSE(is_due(*server_, now()));
}

// What is kept here releases nothing that somebody keeps there.
TEST_F(Copies, ReleaseOnlyWhatWasKeptHere) {
  disk_.config.cloud_copy_retention_policy = config::parse_retention_policy("REDUNDANCY 1");
  add_finished(1, 3, 4);
  copy();
  store_.put("p/main/base/" + first + "/annotations/keep", store::Body::of("full"), {});
  add_finished(2, 6, 7);
  copy();
  EXPECT_THAT(cloud_copy::standing(*server_).copied, ElementsAre(first, second));
  copy();
  EXPECT_EQ(object("base/" + first + "/annotations/keep"), "full");
  server_->annotations().set_keep(first, KeepTarget::full);
  copy();
  server_->annotations().release_keep(first);
  copy();
  EXPECT_THAT(cloud_copy::standing(*server_).copied, ElementsAre(second));
}

TEST_F(Copies, LearnFromTheStoreWhenTheLedgerIsGone) {
  add_finished(1, 2, 3);
  server_->annotations().set_keep(first, KeepTarget::full);
  copy();
  const std::size_t puts = store_.puts().size(), parts = store_.parts().size();
  fs::remove_tree(disk_.path("main/.cloud-copy"));
  EXPECT_THAT(cloud_copy::standing(*server_).waiting, ElementsAre(first));  // nothing is known
  start_anew();
  copy();
  EXPECT_EQ(store_.puts().size(), puts + 1) << "the keep, which is that of the catalogue again";
  EXPECT_EQ(store_.parts().size(), parts);
  EXPECT_FALSE(is_due(*server_, now()));
  EXPECT_THAT(cloud_copy::standing(*server_).copied, ElementsAre(first));
}

TEST_F(Copies, FindAnotherClusterWhenTheLedgerIsGone) {
  add_finished(1, 2, 3);
  copy();
  fs::remove_tree(disk_.path("main/.cloud-copy"));
  store_.put("p/main/wals/" + wal_key(4), store::Body::of("y"), {});  // of the same size
  EXPECT_THROW(copy(), cloud::WalConflict);
}

TEST_F(Copies, GoToAnotherPlaceWhole) {
  add_finished(1, 2, 3);
  copy();
  disk_.config.cloud_copy = "s3://lab/elsewhere";
  EXPECT_TRUE(is_due(*server_, now()));
  EXPECT_THAT(cloud_copy::standing(*server_).copied, IsEmpty());
}

// Whatever request fails: nothing is listed that cannot be restored, and the next run continues.
TEST_F(Copies, CompleteWhatFailed) {
  add_finished(1, 2, 3);
  int runs = 0;
  for (bool done = false; !done; ++runs) {
    ASSERT_LT(runs, 5) << "no run got any further";
    store_.puts_until_failure = 1;
    try {
      copy();
      done = true;
    } catch (const store::StoreError&) {
      if (std::ranges::count(keys("base/"), first + "/backup.info") > 0) {
        EXPECT_THAT(keys(),
                    testing::IsSupersetOf({"base/" + first + "/data.tar", "wals/" + wal_key(2), "wals/" + wal_key(3)}));
      }
      EXPECT_TRUE(cloud_copy::standing(*server_).failed_at);
      EXPECT_FALSE(is_due(*server_, now())) << "not again at once";
      EXPECT_TRUE(is_due(*server_, now() + std::chrono::minutes(6)));
    }
  }
  EXPECT_GT(runs, 1);
  EXPECT_THAT(keys("base/"), ElementsAre(first + "/backup.info", first + "/data.tar"));
  EXPECT_FALSE(cloud_copy::standing(*server_).failed_at);
  EXPECT_EQ(store_.puts().size(), 4U) << "three WAL files and the entry, each once";
}

TEST_F(Copies, LeaveNoHalfArchive) {
  add_finished(1, 2, 3);
  store_.parts_until_failure = 0;
  EXPECT_THROW(copy(), store::StoreError);
  EXPECT_THAT(keys("base/"), IsEmpty());
  EXPECT_TRUE(store_.open_uploads("").empty());
  store_.parts_until_failure = -1;
  copy();
  EXPECT_THAT(keys("base/"), ElementsAre(first + "/backup.info", first + "/data.tar"));
}

TEST_F(Copies, RemoveArchivesOfAnotherAttempt) {
  add_finished(1, 2, 3);
  store_.put("p/main/base/" + first + "/data_0007.tar", store::Body::of("stray"), {});
  copy();
  EXPECT_THAT(keys("base/"), ElementsAre(first + "/backup.info", first + "/data.tar"));
}

TEST_F(Copies, LeaveABackupThatIsBeingWorkedOn) {
  add_finished(1, 2, 3);
  {
    const auto lock = fs::LockFile::try_acquire(server_->locks().backup_id(first));
    copy();
    EXPECT_THAT(keys("base/"), IsEmpty());
  }
  copy();
  EXPECT_THAT(keys("base/"), Not(IsEmpty()));
}

TEST_F(Copies, RunOneAtATime) {
  add_finished(1, 2, 3);
  const auto lock = fs::LockFile::try_acquire(server_->locks().cloud_copy());
  EXPECT_FALSE(is_due(*server_, now()));
  EXPECT_TRUE(cloud_copy::standing(*server_).running);
  copy();
  EXPECT_THAT(notifier_.infos, ElementsAre("Another cloud-copy process is already running on server main"));
  EXPECT_THAT(keys(), IsEmpty());
}

TEST_F(Copies, HaveParentsBeforeIncrements) {
  add_finished(1, 2, 3);
  catalog::BackupInfo increment = finished_backup(2, 4, 4);
  increment.parent_backup_id = first;
  add_backup(increment);
  server_->backups().adopt(first, {second});
  copy();
  EXPECT_THAT(cloud_copy::standing(*server_).copied, ElementsAre(first, second));
  EXPECT_THAT(object("base/" + first + "/backup.info"), HasSubstr("children_backup_ids=" + second));
  EXPECT_FALSE(is_due(*server_, now()));
}

TEST_F(Copies, RefuseWhatIsEncrypted) {
  add_finished(1, 2, 3);
  catalog::BackupInfo secret = finished_backup(2, 4, 4);
  secret.encryption = "gpg";
  add_backup(secret);
  copy();
  const report::CloudCopy standing = cloud_copy::standing(*server_);
  EXPECT_THAT(standing.copied, ElementsAre(first));
  ASSERT_EQ(standing.refused.size(), 1U);
  EXPECT_EQ(standing.refused[0].what, "backup " + second);
  disk_.config.encryption = "gpg";
  EXPECT_THROW(copy(), Error);
  EXPECT_THAT(cloud_copy::standing(*server_).problem, HasSubstr("gpg"));
}

}  // namespace
}  // namespace barman::cloud_copy
