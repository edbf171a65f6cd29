#include "barman/catalog/retention.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace barman::catalog {
namespace {

using config::RetentionPolicy;

constexpr std::int64_t day = 86400LL * 1'000'000;
constexpr Timestamp today{1'800'000'000LL * 1'000'000, 0};

// One backup: its age in days, status, parent (incremental) and children.
struct Backup {
  const char* id;
  int age;
  BackupStatus status = BackupStatus::done;
  const char* parent = "";
  const char* children = "";
};

RetentionPolicy redundancy(int count) {
  return {RetentionPolicy::Kind::redundancy, RetentionPolicy::Unit::days, count};
}
RetentionPolicy window(int days) { return {RetentionPolicy::Kind::recovery_window, RetentionPolicy::Unit::days, days}; }

struct Case {
  const char* label;
  RetentionPolicy policy;
  int minimum;
  std::vector<Backup> backups;
  std::map<std::string, KeepTarget> keeps;
  const char* want;  // "id=STATUS ..." in id order
};

class Retention : public testing::TestWithParam<Case> {
 protected:
  static std::map<std::string, BackupInfo> catalogue() {
    std::map<std::string, BackupInfo> backups;
    for (const Backup& backup : GetParam().backups) {
      BackupInfo info;
      info.backup_id = backup.id;
      info.mode = "postgres";
      info.set_status(backup.status);
      info.end_time = Timestamp{today.micros - backup.age * day - 1, 0};
      if (*backup.parent) info.parent_backup_id = backup.parent;
      if (*backup.children) info.children_backup_ids = backup.children;
      backups[backup.id] = info;
    }
    return backups;
  }
  static std::optional<KeepTarget> keep(const std::string& id) {
    const auto& keeps = GetParam().keeps;
    const auto found = keeps.find(id);
    return found == keeps.end() ? std::nullopt : std::optional(found->second);
  }
};

TEST_P(Retention, Judges) {
  const auto backups = catalogue();
  std::string got;
  for (const auto& [id, status] : retention_report(backups, GetParam().policy, GetParam().minimum, keep, today))
    got += fmt::format("{}{}={}", got.empty() ? "" : " ", id, to_string(status));
  EXPECT_EQ(got, GetParam().want);
}

// Each backup with the rules that speak for or against it, the one that decides first.
TEST_P(Retention, GivesAReasonForEach) {
  const auto backups = catalogue();
  for (const auto& [id, verdict] : retention_verdicts(backups, GetParam().policy, GetParam().minimum, keep, today)) {
    SCOPED_TRACE(id);
    ASSERT_FALSE(verdict.reasons.empty());
    using Rule = RetentionReason::Rule;
    const std::map<RetentionStatus, std::set<Rule>> fitting = {
        {RetentionStatus::valid, {Rule::policy, Rule::minimum_redundancy, Rule::root}},
        {RetentionStatus::obsolete, {backups.at(id).parent_backup_id ? Rule::root : Rule::policy}},
        {RetentionStatus::potentially_obsolete, {Rule::minimum_redundancy, Rule::root}},
        {RetentionStatus::keep_full, {Rule::keep_full}},
        {RetentionStatus::keep_standalone, {Rule::keep_standalone}},
        {RetentionStatus::none, {Rule::running, Rule::status, Rule::root}}};
    EXPECT_TRUE(fitting.at(verdict.status).contains(verdict.reasons.front().rule))
        << to_string(verdict.status) << " for " << to_string(verdict.reasons.front().rule);
    for (const RetentionReason& reason : verdict.reasons) EXPECT_FALSE(reason.detail.empty());
  }
}

// A backup that was taken while the clock was set back does not cover the window for those before it.
TEST(RetentionWindow, IsNotCoveredByABackupOfAWrongTime) {
  std::map<std::string, BackupInfo> backups;
  int segment = 1;
  const auto add = [&](const std::string& id, double age) {
    BackupInfo info;
    info.backup_id = id;
    info.mode = "postgres";
    info.set_status(BackupStatus::done);
    info.timeline = 1;
    info.begin_time = info.end_time = Timestamp{today.micros - static_cast<std::int64_t>(age * day), 0};
    info.begin_xlog = info.end_xlog = fmt::format("0/{:X}000000", segment++);
    backups[id] = info;
  };
  add("c", 9);
  add("d", 5);
  add("a", 900);  // taken yesterday
  const auto report = [&] {
    std::string got;
    const auto none = [](const std::string&) -> std::optional<KeepTarget> { return std::nullopt; };
    for (const auto& [id, status] : retention_report(backups, window(7), 0, none, today))
      got += fmt::format("{}{}={}", got.empty() ? "" : " ", id, to_string(status));
    return got;
  };
  EXPECT_EQ(report(), "a=VALID c=VALID d=VALID");
  add("e", 0);
  EXPECT_EQ(report(), "a=VALID c=VALID d=VALID e=VALID");
  backups.clear();
  add("a", 20);
  add("b", 9);
  add("z", -900);  // the clock was ahead: nothing is covered by it, and those before it are judged as ever
  EXPECT_EQ(report(), "a=OBSOLETE b=VALID z=VALID");
}

std::string told(const std::vector<std::pair<const char*, int>>& ages, const RetentionPolicy& policy, int minimum) {
  std::map<std::string, BackupInfo> backups;
  for (const auto& [id, age] : ages) {
    BackupInfo info;
    info.backup_id = id;
    info.set_status(BackupStatus::done);
    info.end_time = Timestamp{today.micros - age * day - 1, 0};
    backups[id] = info;
  }
  const auto none = [](const std::string&) -> std::optional<KeepTarget> { return std::nullopt; };
  std::string text;
  for (const auto& [id, verdict] : retention_verdicts(backups, policy, minimum, none, today))
    for (const RetentionReason& reason : verdict.reasons)
      text += fmt::format("{} {}: {}\n", id, to_string(reason.rule), reason.detail);
  return text;
}

TEST(RetentionReasons, NameWhatCounts) {
  EXPECT_EQ(told({{"a", 9}, {"b", 5}, {"c", 1}}, redundancy(1), 2),
            "a policy: 2 newer ones are there\n"
            "b minimum_redundancy: number 2 of the 2 that have to stay, from the newest\n"
            "c policy: number 1 of the 2 that have to stay, from the newest\n");
  EXPECT_THAT(told({{"a", 30}, {"b", 20}, {"c", 9}, {"d", 1}}, window(7), 3),
              testing::AllOf(testing::ContainsRegex("a policy: the window begins at .*, and backup c covers that\n"),
                             testing::HasSubstr("b minimum_redundancy: number 3 of the 3 that have to stay"),
                             testing::HasSubstr("c policy: the newest one that ended before the window, which begins"),
                             testing::HasSubstr("d policy: it did not end before the window, which begins at")));
}

constexpr KeepTarget full = KeepTarget::full;
constexpr KeepTarget standalone = KeepTarget::standalone;
constexpr BackupStatus failed = BackupStatus::failed;
constexpr BackupStatus waiting = BackupStatus::waiting_for_wals;

INSTANTIATE_TEST_SUITE_P(
    Cases, Retention,
    testing::Values(
        Case{"nothing", redundancy(1), 0, {}, {}, ""},
        Case{"newest_stay", redundancy(2), 0, {{"a", 9}, {"b", 5}, {"c", 1}}, {}, "a=OBSOLETE b=VALID c=VALID"},
        Case{"fewer_than_wanted", redundancy(5), 0, {{"a", 9}, {"b", 5}}, {}, "a=VALID b=VALID"},
        Case{"raised_to_minimum", redundancy(1), 2, {{"a", 9}, {"b", 5}, {"c", 1}}, {}, "a=OBSOLETE b=VALID c=VALID"},
        Case{"only_done_counts",
             redundancy(1),
             0,
             {{"a", 9}, {"b", 5}, {"c", 4, waiting}, {"d", 1, failed}},
             {},
             "a=OBSOLETE b=VALID c=- d=-"},
        Case{"empty_is_not_listed", redundancy(1), 0, {{"a", 9}, {"b", 1, BackupStatus::empty}}, {}, "a=VALID"},
        Case{"kept_ones_count",
             redundancy(1),
             0,
             {{"a", 9}, {"b", 5}, {"c", 1}},
             {{"c", standalone}, {"a", full}},
             "a=KEEP:FULL b=OBSOLETE c=KEEP:STANDALONE"},
        Case{"increments_follow_their_root",
             redundancy(1),
             0,
             {{"a", 9, BackupStatus::done, "", "b"},
              {"b", 8, BackupStatus::done, "a", "c"},
              {"c", 7, waiting, "b"},
              {"d", 1}},
             {},
             "a=OBSOLETE b=OBSOLETE c=OBSOLETE d=VALID"},
        Case{"increments_of_a_full_keep_are_valid",
             redundancy(1),
             0,
             {{"a", 9, BackupStatus::done, "", "b"}, {"b", 8, BackupStatus::done, "a"}, {"d", 1}},
             {{"a", full}},
             "a=KEEP:FULL b=VALID d=VALID"},
        Case{"increments_of_an_old_standalone_keep_go",
             redundancy(1),
             0,
             {{"a", 9, BackupStatus::done, "", "b"}, {"b", 8, BackupStatus::done, "a"}, {"d", 1}},
             {{"a", standalone}},
             "a=KEEP:STANDALONE b=OBSOLETE d=VALID"},
        Case{"increments_of_a_needed_standalone_keep_stay",
             redundancy(2),
             0,
             {{"a", 9, BackupStatus::done, "", "b"}, {"b", 8, BackupStatus::done, "a"}, {"d", 1}},
             {{"a", standalone}},
             "a=KEEP:STANDALONE b=VALID d=VALID"},
        Case{"increments_are_not_counted",
             redundancy(2),
             0,
             {{"a", 9}, {"b", 8, BackupStatus::done, "", "c"}, {"c", 7, BackupStatus::done, "b"}, {"d", 1}},
             {},
             "a=OBSOLETE b=VALID c=VALID d=VALID"},
        Case{"redundancy_of_none", redundancy(0), 0, {{"a", 9}, {"b", 5}}, {}, "a=OBSOLETE b=OBSOLETE"},
        Case{"nothing_done",
             redundancy(1),
             1,
             {{"a", 9, failed}, {"b", 5, waiting}, {"c", 2, BackupStatus::started}},
             {},
             "a=- b=- c=-"},
        Case{"a_keep_of_what_is_not_done_does_not_count",
             redundancy(1),
             0,
             {{"a", 9}, {"b", 5, failed}},
             {{"b", full}},
             "a=VALID b=-"},
        Case{"kept_ones_reach_the_minimum",
             redundancy(1),
             3,
             {{"a", 9}, {"b", 8}, {"c", 5}, {"d", 1}},
             {{"c", full}, {"b", standalone}},
             "a=OBSOLETE b=KEEP:STANDALONE c=KEEP:FULL d=VALID"},
        Case{"orphaned_increment", redundancy(1), 0, {{"b", 8, BackupStatus::done, "a"}, {"d", 1}}, {}, "b=- d=VALID"},
        Case{"increment_of_an_unfinished_root",
             redundancy(1),
             0,
             {{"a", 9, waiting, "", "b"}, {"b", 8, BackupStatus::done, "a"}},
             {},
             "a=- b=-"},
        Case{"children_in_a_circle_end",
             redundancy(1),
             0,
             {{"a", 9, BackupStatus::done, "", "b"}, {"b", 8, BackupStatus::done, "a", "b"}},
             {},
             "a=VALID b=VALID"},
        Case{"window_needs_one_older",
             window(7),
             0,
             {{"a", 20}, {"b", 10}, {"c", 6}, {"d", 1}},
             {},
             "a=OBSOLETE b=VALID c=VALID d=VALID"},
        Case{"window_without_an_older_one", window(7), 0, {{"a", 6}, {"b", 1}}, {}, "a=VALID b=VALID"},
        Case{"window_of_one_old_backup", window(7), 0, {{"a", 20}}, {}, "a=VALID"},
        Case{"window_below_minimum",
             window(7),
             3,
             {{"a", 40}, {"b", 20}, {"c", 10}, {"d", 1}},
             {},
             "a=OBSOLETE b=OBSOLETE* c=VALID d=VALID"},
        Case{"window_skips_unfinished",
             window(7),
             0,
             {{"a", 20}, {"b", 10, failed}, {"c", 9, waiting}, {"d", 8}},
             {},
             "a=OBSOLETE b=- c=- d=VALID"},
        Case{"window_ends_with_the_first_older_by_a_moment",
             window(7),
             0,
             {{"a", 9}, {"b", 7}, {"c", 6}},
             {},
             "a=OBSOLETE b=VALID c=VALID"},
        Case{"window_of_none", window(0), 0, {{"a", 9}, {"b", 1}, {"c", 0}}, {}, "a=OBSOLETE b=OBSOLETE c=VALID"},
        Case{"window_minimum_already_reached",
             window(7),
             2,
             {{"a", 20}, {"b", 10}, {"c", 6}, {"d", 1}},
             {},
             "a=OBSOLETE b=VALID c=VALID d=VALID"},
        Case{"window_kept_ones_count_for_the_minimum",
             window(2),
             3,
             {{"a", 40}, {"b", 30}, {"c", 20}, {"d", 10}},
             {{"c", full}},
             "a=OBSOLETE b=OBSOLETE* c=KEEP:FULL d=VALID"},
        Case{"window_started_by_a_kept_one",
             window(7),
             0,
             {{"a", 30}, {"b", 10}, {"c", 1}},
             {{"b", standalone}},
             "a=OBSOLETE b=KEEP:STANDALONE c=VALID"},
        Case{"window_keeps",
             window(7),
             2,
             {{"a", 40}, {"b", 20}, {"c", 10}},
             {{"a", full}, {"b", standalone}},
             "a=KEEP:FULL b=KEEP:STANDALONE c=VALID"},
        Case{"window_standalone_increments",
             window(7),
             0,
             {{"a", 20, BackupStatus::done, "", "b"}, {"b", 19, BackupStatus::done, "a"}, {"c", 10}},
             {{"a", standalone}},
             "a=KEEP:STANDALONE b=OBSOLETE c=VALID"},
        Case{"window_standalone_that_starts_it",
             window(7),
             0,
             {{"a", 20, BackupStatus::done, "", "b"}, {"b", 19, BackupStatus::done, "a"}},
             {{"a", standalone}},
             "a=KEEP:STANDALONE b=OBSOLETE"},
        Case{"a_child_that_is_not_listed_follows_its_root",
             redundancy(1),
             0,
             {{"a", 9}, {"b", 8, BackupStatus::started, "a"}, {"c", 7, BackupStatus::done, "b"}, {"d", 1}},
             {},
             "a=OBSOLETE b=OBSOLETE c=OBSOLETE d=VALID"}),
    [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::catalog
