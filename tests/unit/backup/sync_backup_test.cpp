#include "barman/backup/sync_backup.h"

#include <gtest/gtest.h>

namespace barman::backup {
namespace {

using catalog::BackupStatus;

struct Case {
  std::optional<BackupStatus> local;
  bool on_primary, obsolete;
  SyncNeed need;
};

TEST(SyncNeed, FollowsFromBothSides) {
  const std::vector<Case> cases = {
      {std::nullopt, false, false, SyncNeed::absent},
      {std::nullopt, true, false, SyncNeed::copy},
      {std::nullopt, true, true, SyncNeed::obsolete},
      {BackupStatus::done, true, false, SyncNeed::synced},
      {BackupStatus::done, true, true, SyncNeed::synced},
      {BackupStatus::waiting_for_wals, true, false, SyncNeed::synced},
      {BackupStatus::done, false, false, SyncNeed::local_only},
      {BackupStatus::failed, true, false, SyncNeed::copy},
      {BackupStatus::syncing, true, false, SyncNeed::copy},
      {BackupStatus::failed, false, false, SyncNeed::purge},
      {BackupStatus::syncing, false, false, SyncNeed::purge},
  };
  for (const Case& c : cases) EXPECT_EQ(judge_sync(c.local, c.on_primary, c.obsolete), c.need) << (&c - cases.data());
}

}  // namespace
}  // namespace barman::backup
