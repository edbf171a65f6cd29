#include "barman/backup/expiry.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "barman/core/text.h"

namespace barman::backup {
namespace {

using catalog::BackupInfo;
using catalog::BackupStatus;
using catalog::RetentionStatus;
using config::RetentionPolicy;
using Rule = Expiry::Rule;

constexpr Micros day = std::chrono::hours(24);
constexpr Timestamp today{1'800'000'000LL * 1'000'000, 0};

RetentionPolicy redundancy(int count) {
  return {RetentionPolicy::Kind::redundancy, RetentionPolicy::Unit::days, count};
}
RetentionPolicy window(int days) { return {RetentionPolicy::Kind::recovery_window, RetentionPolicy::Unit::days, days}; }

BackupInfo full_backup(std::int64_t age_in_days, const Timestamp& at = today) {
  BackupInfo info;
  info.backup_id = to_backup_id(at - age_in_days * day);
  info.mode = "postgres";
  info.set_status(BackupStatus::done);
  info.begin_time = info.end_time = at - age_in_days * day;
  return info;
}

std::map<std::string, BackupInfo> full_backups(const std::vector<int>& ages) {
  std::map<std::string, BackupInfo> backups;
  for (const int age : ages) {
    const BackupInfo info = full_backup(age);
    backups[info.backup_id] = info;
  }
  return backups;
}

bool is_obsolete(const std::map<std::string, BackupInfo>& backups, const RetentionPolicy& policy, int minimum,
                 const Timestamp& at, const std::string& id) {
  const auto report = catalog::retention_report(
      backups, policy, minimum, [](const std::string&) { return std::nullopt; }, at);
  return report.at(id) == RetentionStatus::obsolete;
}

struct Case {
  const char* label;
  RetentionPolicy policy;
  int minimum;
  std::vector<int> ages;  // newest first
  const char* want;       // of each that stays: days from now, or "+n"
};

class ExpiryByPolicy : public testing::TestWithParam<Case> {};

std::string in_words(const Expiry& expiry) {
  if (expiry.rule == Rule::time) return fmt::format("{}", (*expiry.at - today) / day);
  return expiry.rule == Rule::backups ? fmt::format("+{}", expiry.more) : std::string(to_string(expiry.rule));
}

// What is said of each comes true then, and not before.
TEST_P(ExpiryByPolicy, IsWhenTheVerdictTurns) {
  const Case& test = GetParam();
  const auto backups = full_backups(test.ages);
  const auto counted = catalog::counted_backups(backups, today);
  std::string got;
  for (std::size_t i = 0; i < counted.size(); ++i) {
    const std::string& id = counted[i].backup->backup_id;
    if (is_obsolete(backups, test.policy, test.minimum, today, id)) continue;
    const Expiry expiry = expiry_by_policy(test.policy, test.minimum, counted, i);
    got += fmt::format("{}{}", got.empty() ? "" : " ", in_words(expiry));
    if (expiry.rule == Rule::time) {
      EXPECT_FALSE(is_obsolete(backups, test.policy, test.minimum, *expiry.at, id));
      EXPECT_TRUE(is_obsolete(backups, test.policy, test.minimum, *expiry.at + Micros(1), id));
      continue;
    }
    const Timestamp later = today + 10'000 * day;
    EXPECT_FALSE(is_obsolete(backups, test.policy, test.minimum, later, id)) << "time alone is not enough";
    for (std::int64_t more = expiry.more - 1; more <= expiry.more; ++more) {
      auto grown = backups;
      for (std::int64_t n = 1; n <= more; ++n) {
        const BackupInfo newer = full_backup(-n);
        grown[newer.backup_id] = newer;
      }
      EXPECT_EQ(is_obsolete(grown, test.policy, test.minimum, later, id), more == expiry.more) << more << " more";
    }
  }
  EXPECT_EQ(got, test.want);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ExpiryByPolicy,
    testing::Values(Case{"of the number that has to stay", redundancy(3), 0, {1, 2, 3, 4}, "+3 +2 +1"},
                    Case{"fewer than that are there", redundancy(3), 0, {1}, "+3"},
                    Case{"the minimum is higher", redundancy(1), 2, {1, 2, 3}, "+2 +1"},
                    Case{"a window and when the next one covers it", window(7), 0, {1, 3, 6, 9, 12}, "+1 6 4 1"},
                    Case{"all behind the window", window(7), 0, {8, 9, 10}, "+1"},
                    Case{"a minimum beside a window", window(7), 3, {1, 3, 6}, "+3 +2 +1"},
                    Case{"a minimum behind a window", window(7), 3, {8, 9, 10, 11}, "+3 +2 +1"},
                    Case{"a minimum that is there", window(7), 1, {1, 3, 6}, "+1 6 4"}),
    [](const auto& one) { return replace_all(one.param.label, " ", "_"); });

TEST(ExpiryByPolicy, OfIncrementsBelowAStandaloneKeepEndsWithTheWindow) {
  const auto backups = full_backups({1, 3});
  const auto counted = catalog::counted_backups(backups, today);
  EXPECT_EQ(in_words(expiry_by_policy(window(7), 5, counted, 0, true)), "6");
  EXPECT_EQ(in_words(expiry_by_policy(window(7), 5, counted, 1, true)), "4");
  EXPECT_EQ(in_words(expiry_by_policy(redundancy(2), 0, counted, 1, true)), "+1");
}

}  // namespace
}  // namespace barman::backup
