#include "barman/drill/estimate.h"

#include <gtest/gtest.h>

namespace barman::drill {
namespace {

constexpr std::int64_t mb = 1'000'000;

struct Past {
  std::optional<double> copy_seconds;
  std::int64_t copied;
  std::optional<double> start, replay_seconds;
  std::optional<std::int64_t> replayed;
};

std::vector<report::Drill> history_of(const std::vector<Past>& past) {
  std::vector<report::Drill> history;
  for (const Past& each : past) {
    report::Drill& drill = history.emplace_back();
    drill.seconds.copy = each.copy_seconds;
    drill.bytes_copied = each.copied;
    drill.seconds.start = each.start;
    drill.seconds.replay = each.replay_seconds;
    drill.wal_bytes = each.replayed;
  }
  return history;
}

struct Restored {
  double seconds;
  std::int64_t copied;
  bool remote = false;
};

std::vector<report::MeasuredRestore> restores_of(const std::vector<Restored>& past) {
  std::vector<report::MeasuredRestore> restores;
  for (const Restored& each : past) {
    report::MeasuredRestore& restore = restores.emplace_back();
    restore.seconds.copy = each.seconds;
    restore.bytes_copied = each.copied;
    restore.remote = each.remote;
  }
  return restores;
}

struct Expected {
  double copy;
  std::optional<double> recovery;
  bool by_restores = false;
};

void expect_estimate(const char* what, const std::vector<Past>& drills, const std::vector<Restored>& restores,
                     const Work& work, const std::optional<Expected>& expected) {
  const auto found = estimate(history_of(drills), restores_of(restores), work);
  ASSERT_EQ(found.has_value(), expected.has_value()) << what;
  if (!expected) return;
  EXPECT_DOUBLE_EQ(found->copy_seconds, expected->copy) << what;
  EXPECT_EQ(found->recovery_seconds, expected->recovery) << what;
  EXPECT_EQ(found->by_restores, expected->by_restores) << what;
}

constexpr Past usual = {10.0, 1000 * mb, 2.0, 5.0, 100 * mb};  // 100 MB/s, 20 MB/s
constexpr Past without_replay = {10.0, 1000 * mb, std::nullopt, std::nullopt, std::nullopt};

TEST(Estimate, IsWhatDrillsHaveMeasured) {
  const Past failed = {std::nullopt, 0, std::nullopt, std::nullopt, std::nullopt};
  const Past slow = {100.0, 1000 * mb, 2.0, 100.0, 100 * mb};
  struct Case {
    const char* what;
    std::vector<Past> past;
    Work work;
    std::optional<Expected> expected;
  };
  const Case cases[] = {
      {"nothing was measured", {}, {1, 1}, std::nullopt},
      {"the drills restored nothing", {failed, failed}, {1, 1}, std::nullopt},
      {"one drill", {usual}, {500 * mb, 200 * mb}, Expected{5, 10 + 2}},
      {"failures say nothing", {usual, failed}, {500 * mb, 200 * mb}, Expected{5, 10 + 2}},
      {"no replay was measured, and there is some to do",
       {without_replay},
       {500 * mb, 200 * mb},
       Expected{5, std::nullopt}},
      {"no replay was measured, and there is none to do", {without_replay}, {500 * mb, 0}, Expected{5, 0}},
      {"several count by what they moved", {usual, slow}, {1000 * mb, 0}, Expected{55, 2}},
      {"a clock that stood still", {{0.0, mb, 0.0, 0.0, mb}}, {mb, mb}, std::nullopt},
  };
  for (const Case& each : cases) expect_estimate(each.what, each.past, {}, each.work, each.expected);
}

TEST(Estimate, OfTheCopyIsWhatRestoresToTheSameKindOfPlaceHaveMeasured) {
  const Restored here = {5, 1000 * mb}, there = {50, 1000 * mb, true}, idle = {0, 1000 * mb};
  struct Case {
    const char* what;
    std::vector<Past> drills;
    std::vector<Restored> restores;
    bool remote;
    std::optional<Expected> expected;
  };
  const Case cases[] = {
      {"rather than a drill", {usual}, {here}, false, Expected{5, 5 + 2, true}},
      {"another host is no like", {usual}, {there}, false, Expected{10, 5 + 2}},
      {"this host is none for another one", {usual}, {here}, true, std::nullopt},
      {"nor is a drill", {usual}, {}, true, std::nullopt},
      {"another host, with the replay of drills", {usual}, {here, there}, true, Expected{50, 5 + 2, true}},
      {"recovery is what no restore measures", {}, {here}, false, Expected{5, std::nullopt, true}},
      {"one that took no time says nothing", {usual}, {idle}, false, Expected{10, 5 + 2}},
  };
  for (const Case& each : cases)
    expect_estimate(each.what, each.drills, each.restores, {1000 * mb, 100 * mb, each.remote}, each.expected);
}

TEST(Estimate, ForgetsWhatWasLongAgo) {
  std::vector<Past> past(5, {1000.0, 1000 * mb, 0.5, 1000.0, mb});
  past.insert(past.end(), 10, {10.0, 1000 * mb, 0.5, 1.0, 100 * mb});
  expect_estimate("drills", past, {}, {1000 * mb, 100 * mb}, Expected{10, 1.5});
  std::vector<Restored> restores(5, {1000, 1000 * mb});
  restores.insert(restores.end(), 10, {10, 1000 * mb});
  restores.insert(restores.end(), 20, {1, mb, true});
  expect_estimate("restores", past, restores, {2000 * mb, 0}, Expected{20, 0.5, true});
}

TEST(Estimate, IsOneSecondAtLeast) {
  using Estimate = report::RestorePlan::Estimate;
  EXPECT_EQ((Estimate{0, false, 0}).total_seconds(), 1);
  EXPECT_EQ((Estimate{0.2, false, 2.1}).total_seconds(), 3);
  EXPECT_EQ((Estimate{4.5, true, std::nullopt}).total_seconds(), 5);
}

}  // namespace
}  // namespace barman::drill
