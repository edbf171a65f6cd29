#include "barman/restore/wal_selection.h"

#include <gtest/gtest.h>

namespace barman::restore {
namespace {

catalog::BackupInfo backup_from_3_to_4() {
  catalog::BackupInfo backup;
  backup.begin_wal = "000000010000000000000003";
  backup.end_wal = "000000010000000000000004";
  backup.version = 150000;
  return backup;
}

std::vector<std::string> selected(const RecoveryTarget& target, std::uint32_t timeline, bool partial = false) {
  const std::vector<std::string> archive = {"000000010000000000000002",
                                            "000000010000000000000003",
                                            "000000010000000000000003.00000028.backup",
                                            "000000010000000000000004",
                                            "000000010000000000000005",
                                            "000000010000000000000006.partial",
                                            "00000002.history",
                                            "000000020000000000000006",
                                            "000000020000000000000007",
                                            "00000003.history",
                                            "not a wal name"};
  const catalog::BackupInfo backup = backup_from_3_to_4();
  WalSelection selection(backup, target, timeline, partial);
  std::vector<std::string> names;
  for (const std::string& name : archive)
    if (selection.wants(name)) names.push_back(name.substr(0, 8) + "/" + name.substr(name.size() > 16 ? 16 : 8));
  return names;
}

using Names = std::vector<std::string>;

TEST(WalSelection, EverythingFromTheBeginOfTheBackupUpToTheTimeline) {
  EXPECT_EQ(selected({}, 1), (Names{"00000001/00000003", "00000001/00000003.00000028.backup", "00000001/00000004",
                                    "00000001/00000005", "00000002/.history", "00000003/.history"}));
  EXPECT_EQ(selected({}, 2).size(), 8u);
}

TEST(WalSelection, ImmediateStopsAtTheEndOfTheBackup) {
  RecoveryTarget target;
  target.immediate = true;
  EXPECT_EQ(selected(target, 2), (Names{"00000001/00000003", "00000001/00000003.00000028.backup", "00000001/00000004",
                                        "00000002/.history", "00000003/.history"}));
}

TEST(WalSelection, AnLsnStopsAfterItsSegment) {
  RecoveryTarget target;
  target.lsn = parse_lsn("0/5000100");
  EXPECT_EQ(selected(target, 1), selected({}, 1));
  target.lsn = parse_lsn("0/4000100");
  EXPECT_EQ(selected(target, 1).size(), 5u);
}

TEST(WalSelection, AnLsnTakesWhatWasArchivedLate) {
  RecoveryTarget target;
  target.lsn = parse_lsn("0/5000100");
  WalSelection selection(backup_from_3_to_4(), target, 1, false);
  EXPECT_TRUE(selection.wants("000000010000000000000004"));
  EXPECT_FALSE(selection.wants("000000010000000000000006"));
  EXPECT_TRUE(selection.wants("000000010000000000000005")) << "its line is behind that of a higher one";
}

TEST(WalSelection, PartialOnlyWhenWanted) { EXPECT_EQ(selected({}, 1, true).size(), selected({}, 1).size() + 1); }

TEST(TimelineToCopy, TargetThenArchiveThenBackup) {
  catalog::BackupInfo backup = backup_from_3_to_4();
  RecoveryTarget target;
  EXPECT_EQ(timeline_to_copy(backup, target, 7), 7u);
  EXPECT_EQ(timeline_to_copy(backup, target, std::nullopt), 1u);
  backup.version = 110000;
  EXPECT_EQ(timeline_to_copy(backup, target, 7), 1u);
  target.timeline_id = 3;
  EXPECT_EQ(timeline_to_copy(backup, target, 7), 3u);
}

}  // namespace
}  // namespace barman::restore
