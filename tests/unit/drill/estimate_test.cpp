#include "barman/drill/estimate.h"

#include <gtest/gtest.h>

#include <cmath>

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

struct Case {
  const char* what;
  std::vector<Past> past;
  Work work;
  std::optional<std::int64_t> seconds;
};

TEST(Estimate, IsWhatDrillsHaveMeasured) {
  const Past usual = {10.0, 1000 * mb, 2.0, 5.0, 100 * mb};  // 100 MB/s, 20 MB/s
  const Past failed = {std::nullopt, 0, std::nullopt, std::nullopt, std::nullopt};
  const Past without_replay = {10.0, 1000 * mb, std::nullopt, std::nullopt, std::nullopt};
  const Past slow = {100.0, 1000 * mb, 2.0, 100.0, 100 * mb};
  const Case cases[] = {
      {"nothing was measured", {}, {1, 1}, std::nullopt},
      {"the drills restored nothing", {failed, failed}, {1, 1}, std::nullopt},
      {"one drill", {usual}, {500 * mb, 200 * mb}, 5 + 10 + 2},
      {"failures say nothing", {usual, failed}, {500 * mb, 200 * mb}, 5 + 10 + 2},
      {"no replay was measured, and there is some to do", {without_replay}, {500 * mb, 200 * mb}, std::nullopt},
      {"no replay was measured, and there is none to do", {without_replay}, {500 * mb, 0}, 5},
      {"several count by what they moved", {usual, slow}, {1000 * mb, 0}, 55 + 2},
      {"a fraction of a second is one", {usual}, {1, 1}, 3},
      {"nothing to do takes its time, too", {without_replay}, {0, 0}, 1},
      {"a clock that stood still", {{0.0, mb, 0.0, 0.0, mb}}, {mb, mb}, std::nullopt},
  };
  for (const Case& each : cases)
    EXPECT_EQ(estimate_seconds(history_of(each.past), each.work), each.seconds) << each.what;
}

TEST(Estimate, ForgetsWhatWasLongAgo) {
  std::vector<Past> past(5, {1000.0, 1000 * mb, 0.5, 1000.0, mb});
  past.insert(past.end(), 10, {10.0, 1000 * mb, 0.5, 1.0, 100 * mb});
  EXPECT_EQ(estimate_seconds(history_of(past), {1000 * mb, 100 * mb}), 12);
}

}  // namespace
}  // namespace barman::drill
