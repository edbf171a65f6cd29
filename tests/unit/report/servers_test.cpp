#include "barman/report/servers.h"

#include <gtest/gtest.h>

namespace barman::report {
namespace {

struct StageCase {
  const char* label;
  std::optional<std::uint64_t> sent, write, flush, replay;
  int level, levels;
};
std::optional<Lsn> lsn(std::optional<std::uint64_t> value) { return value ? std::optional(Lsn{*value}) : std::nullopt; }

class Stage : public testing::TestWithParam<StageCase> {};
TEST_P(Stage, IsTheHighestReached) {
  ReplicationClient client;
  client.sent = lsn(GetParam().sent);
  client.write = lsn(GetParam().write);
  client.flush = lsn(GetParam().flush);
  client.replay = lsn(GetParam().replay);
  const SyncStage stage = sync_stage(client, Lsn{100});
  EXPECT_EQ(stage.level, GetParam().level);
  EXPECT_EQ(stage.levels, GetParam().levels);
}
INSTANTIATE_TEST_SUITE_P(Clients, Stage,
                         testing::Values(StageCase{"standby_replayed", 100, 100, 100, 100, 5, 5},
                                         StageCase{"standby_flushed", 100, 100, 100, 90, 4, 5},
                                         StageCase{"standby_written", 100, 100, 90, 90, 3, 5},
                                         StageCase{"standby_sent", 100, 90, 90, 90, 2, 5},
                                         StageCase{"standby_behind", 90, 90, 90, 90, 1, 5},
                                         StageCase{"streamer_flushed", 100, 100, 100, {}, 3, 3},
                                         StageCase{"streamer_sent", 100, 90, 90, {}, 2, 3},
                                         StageCase{"streamer_silent", {}, {}, {}, {}, 1, 3}),
                         [](const auto& row) { return std::string(row.param.label); });

TEST(Stage, IsTheLowestWhenTheServersPositionIsNotKnown) {
  ReplicationClient client;
  client.sent = Lsn{1};
  EXPECT_EQ(sync_stage(client, std::nullopt).level, 1);
}

}  // namespace
}  // namespace barman::report
