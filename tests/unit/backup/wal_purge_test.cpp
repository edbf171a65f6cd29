#include "barman/backup/wal_purge.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace barman::backup {
namespace {

using catalog::BackupInfo;
using catalog::BackupStatus;
using catalog::KeepTarget;

std::string wal(int number, int timeline = 1) { return fmt::format("{:08X}{:08X}{:08X}", timeline, 0, number); }

struct NameCase {
  const char* label;
  std::string name;
  bool stays;
};
class PurgeRule : public testing::TestWithParam<NameCase> {};

TEST_P(PurgeRule, DecidesByName) {
  WalPurgeRule rule;
  rule.limit = wal(10);
  rule.protected_timelines = {3};
  rule.protected_ranges = {{wal(4), wal(5)}};
  EXPECT_EQ(rule.stays(GetParam().name), GetParam().stays) << GetParam().name;
}

INSTANTIATE_TEST_SUITE_P(Names, PurgeRule,
                         testing::Values(NameCase{"before", wal(9), false}, NameCase{"limit", wal(10), true},
                                         NameCase{"behind", wal(11), true},
                                         NameCase{"higher_timeline", wal(1, 2), true},
                                         NameCase{"history", "00000001.history", true},
                                         NameCase{"protected_timeline", wal(1, 3), true},
                                         NameCase{"range_begin", wal(4), true}, NameCase{"range_end", wal(5), true},
                                         NameCase{"behind_the_range", wal(6), false},
                                         NameCase{"label_in_range", wal(5) + ".00000028.backup", true},
                                         NameCase{"label_before", wal(9) + ".00000028.backup", false},
                                         NameCase{"label_at_limit", wal(10) + ".00000028.backup", true},
                                         NameCase{"partial_before", wal(9) + ".partial", false},
                                         NameCase{"partial_at_limit", wal(10) + ".partial", true},
                                         NameCase{"not_a_wal_name", "0000readme", true}, NameCase{"empty", "", true}),
                         [](const auto& row) { return std::string(row.param.label); });

TEST(PurgeRuleOfPositions, KeepsWhatABackupReplaysFromItsBeginOn) {
  WalPurgeRule rule;
  rule.needed_from = {{2, 0, 10}, {4, 0, 3}};
  EXPECT_FALSE(rule.stays(wal(11, 1))) << "its timeline ended before";
  EXPECT_FALSE(rule.stays(wal(9, 2)));
  EXPECT_TRUE(rule.stays(wal(10, 2)));
  EXPECT_TRUE(rule.stays(wal(10, 2) + ".00000028.backup"));
  EXPECT_FALSE(rule.stays(wal(9, 3)));
  EXPECT_TRUE(rule.stays(wal(11, 3))) << "a timeline that may follow it";
  EXPECT_TRUE(rule.stays(wal(3, 4)));
  EXPECT_TRUE(rule.stays("000000020000000100000000")) << "the next log file";
}

TEST(PurgeRuleWithoutLimit, LeavesOnlyHistory) {
  const WalPurgeRule rule;
  EXPECT_FALSE(rule.stays(wal(99)));
  EXPECT_TRUE(rule.stays("00000002.history"));
}

// A catalogue in which the segment number of each backup is its place.
class Rules : public testing::Test {
 protected:
  void add(const std::string& id, int segment, BackupStatus status = BackupStatus::done, int timeline = 1) {
    BackupInfo info;
    info.backup_id = id;
    info.set_status(status);
    info.timeline = timeline;
    if (segment > 0) {
      info.begin_wal = wal(segment, timeline);
      info.end_wal = wal(segment + 1, timeline);
    }
    backups_[id] = info;
  }
  std::optional<WalPurgeRule> deletion_of(const std::string& id, Requester requester = Requester::command) const {
    return rule_for_deletion(catalog::in_order(backups_), backups_.at(id), keep(), requester, config_);
  }
  Keeps keep() const {
    return [this](const std::string& id) -> std::optional<KeepTarget> {
      const auto found = keeps_.find(id);
      return found == keeps_.end() ? std::nullopt : std::optional(found->second);
    };
  }
  std::map<std::string, BackupInfo> backups_;
  std::map<std::string, KeepTarget> keeps_;
  config::ServerConfig config_;
};

TEST_F(Rules, TheOldestGivesUpWhatTheNextDoesNotNeed) {
  add("a", 3);
  add("b", 8);
  const auto rule = deletion_of("a");
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->limit, wal(8));
  EXPECT_TRUE(rule->protected_timelines.empty());
}

TEST_F(Rules, AnEarlierBackupNeedsTheWal) {
  add("a", 3);
  add("b", 8);
  EXPECT_FALSE(deletion_of("b"));
  backups_["a"].set_status(BackupStatus::waiting_for_wals);
  EXPECT_FALSE(deletion_of("b"));
  backups_["a"].set_status(BackupStatus::failed);
  EXPECT_TRUE(deletion_of("b"));
}

TEST_F(Rules, TheLastOneGivesUpWhatCameBeforeItself) {
  add("a", 3);
  EXPECT_EQ(deletion_of("a")->limit, wal(3));
}

TEST_F(Rules, WithExclusiveBackupsTheLastOneGivesUpEverything) {
  config_.backup_options = {"exclusive_backup"};
  add("a", 3);
  EXPECT_EQ(deletion_of("a")->limit, std::nullopt);
}

TEST_F(Rules, UnfinishedNeighboursAreNoLimit) {
  add("a", 3);
  add("b", 5, BackupStatus::failed);
  add("c", 6, BackupStatus::started);
  add("d", 8);
  EXPECT_EQ(deletion_of("a")->limit, wal(8));
}

TEST_F(Rules, WithoutAKnownBeginNothingGoes) {
  add("a", 0, BackupStatus::failed);
  EXPECT_FALSE(deletion_of("a"));
  add("b", 0);
  EXPECT_FALSE(deletion_of("a"));
}

TEST_F(Rules, AFullKeepNeedsTheWal) {
  add("a", 3);
  add("b", 8);
  keeps_["a"] = KeepTarget::full;
  EXPECT_FALSE(deletion_of("b"));
  EXPECT_FALSE(deletion_of("b", Requester::retention_policy));
}

TEST_F(Rules, AStandaloneKeepStopsTheCommandAndProtectsItsRangeFromThePolicy) {
  add("a", 1);
  add("b", 5);
  add("c", 8);
  add("d", 20);
  keeps_ = {{"a", KeepTarget::standalone}, {"b", KeepTarget::standalone}};
  EXPECT_FALSE(deletion_of("c"));
  const auto rule = deletion_of("c", Requester::retention_policy);
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->limit, wal(20));
  EXPECT_TRUE(rule->stays(wal(1)) && rule->stays(wal(2)) && rule->stays(wal(5)) && rule->stays(wal(6)));
  EXPECT_FALSE(rule->stays(wal(3)) || rule->stays(wal(7)) || rule->stays(wal(8)));
}

TEST_F(Rules, OtherTimelinesInUseAreProtected) {
  add("a", 3, BackupStatus::done, 1);
  add("b", 5, BackupStatus::failed, 4);
  add("c", 6, BackupStatus::started, 5);
  add("d", 8, BackupStatus::done, 2);
  add("e", 9, BackupStatus::syncing, 3);
  EXPECT_EQ(deletion_of("a")->protected_timelines, (std::set<std::uint32_t>{3, 5}));
}

// Ids are local time. Taken in Tokyo, then in New York, or before and after the clock was set back.
TEST_F(Rules, WhatStaysIsNeededWhateverTheIdsSay) {
  add("c", 3);
  add("d", 8);
  add("a", 12);
  add("b", 20);
  EXPECT_FALSE(deletion_of("a")) << "it is the third";
  const auto rule = deletion_of("c");
  ASSERT_TRUE(rule);
  EXPECT_FALSE(rule->stays(wal(7)));
  EXPECT_TRUE(rule->stays(wal(8)));
}

TEST_F(Rules, EvenTheCopyOfAnotherClusterIsNeeded) {
  add("a", 30);
  add("b", 50);
  add("c", 3);
  backups_["c"].systemid = "2";
  for (const char* id : {"a", "b", "c"}) backups_[id].begin_time = Timestamp{(*id - 'a') * 3600LL * 1'000'000, 0};
  const auto rule = deletion_of("a");
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->limit, wal(50));
  EXPECT_TRUE(rule->stays(wal(4)) && rule->stays(wal(49)));
  EXPECT_FALSE(rule->stays(wal(2)));
}

TEST_F(Rules, WhatABackupUnderWayOnAPassiveNodeNeedsStays) {
  add("a", 3);
  add("b", 5, BackupStatus::syncing);
  add("c", 8);
  const auto rule = deletion_of("a");
  ASSERT_TRUE(rule);
  EXPECT_FALSE(rule->stays(wal(4)));
  EXPECT_TRUE(rule->stays(wal(5)));
}

TEST_F(Rules, ABackupThatStaysAndDoesNotSayWhereItBeginsNeedsEverything) {
  add("a", 3);
  add("b", 8);
  add("c", 0);
  EXPECT_FALSE(deletion_of("a"));
  add("c", 12);
  backups_["c"].set_status(BackupStatus::unknown);
  EXPECT_TRUE(deletion_of("a"));
  backups_["c"].begin_wal = "00000001000000000000";
  EXPECT_FALSE(deletion_of("a"));
}

TEST_F(Rules, TheFirstBackupIsNotTheOneWithTheLowestId) {
  add("a", 12, BackupStatus::started);
  add("b", 3);
  EXPECT_FALSE(rule_for_first_backup(catalog::in_order(backups_), backups_.at("a")));
}

TEST_F(Rules, TheFirstBackupDoesNotNeedWhatIsOlder) {
  add("a", 2, BackupStatus::failed);
  add("b", 8, BackupStatus::started);
  const auto rule = rule_for_first_backup(catalog::in_order(backups_), backups_.at("b"));
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->limit, wal(8));
  add("a", 2);
  EXPECT_FALSE(rule_for_first_backup(catalog::in_order(backups_), backups_.at("b")));
}

TEST_F(Rules, TheFirstBackupWithoutABeginLeavesEverything) {
  add("b", 0, BackupStatus::started);
  EXPECT_FALSE(rule_for_first_backup(catalog::in_order(backups_), backups_.at("b")));
}

}  // namespace
}  // namespace barman::backup
