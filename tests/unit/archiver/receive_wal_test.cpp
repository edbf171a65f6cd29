#include "barman/archiver/receive_wal.h"

#include <gtest/gtest.h>

namespace barman::archiver {
namespace {

using Words = std::vector<std::string>;

TEST(ReceiveCommand, IsTheOneOperatorsKnow) {
  config::ServerConfig config;
  config.streaming_wals_directory = "/b/main/streaming";
  config.streaming_archiver_name = "receiver";
  Words want = {"/bin/pg_receivewal", "--dbname=host=h replication=true application_name=receiver",
                "--verbose",          "--no-loop",
                "--no-password",      "--directory=/b/main/streaming"};
  const std::string conninfo = "host=h replication=true";
  EXPECT_EQ(receive_command("/bin/pg_receivewal", conninfo, config, {""}), want);
  config.slot_name = "main";
  want.emplace_back("--slot=main");
  EXPECT_EQ(receive_command("/bin/pg_receivewal", conninfo, config, {"other"}), want);
  want.emplace_back("--synchronous");
  EXPECT_EQ(receive_command("/bin/pg_receivewal", conninfo, config, {"other", "receiver"}), want);
  EXPECT_EQ(receive_command("/bin/pg_receivewal", conninfo, config, {"*"}), want);
}

TEST(NewestPosition, IsTheHighestSegment) {
  EXPECT_EQ(newest_position({}), std::nullopt);
  EXPECT_EQ(newest_position({"00000002.history", "notes", "000000010000000000000001.tmp"}), std::nullopt);
  EXPECT_EQ(newest_position({"000000010000000000000002", "000000010000000000000003.partial", "00000002.history"}),
            "000000010000000000000003.partial");
}

struct ResetCase {
  const char* label;
  std::optional<std::string> newest;
  ResetPlan::What what;
  std::optional<std::string> remove;
};
class Reset : public testing::TestWithParam<ResetCase> {};
TEST_P(Reset, IsPlanned) {
  const ResetPlan plan = plan_reset(GetParam().newest, "000000010000000000000005", "000000010000000000000009");
  EXPECT_EQ(plan.what, GetParam().what);
  EXPECT_EQ(plan.remove, GetParam().remove);
  EXPECT_EQ(plan.create, plan.what == ResetPlan::What::reset ? "000000010000000000000005.partial" : "");
}
INSTANTIATE_TEST_SUITE_P(
    Directories, Reset,
    testing::Values(ResetCase{"empty", {}, ResetPlan::What::aligned, {}},
                    ResetCase{"at_the_slot", "000000010000000000000005", ResetPlan::What::aligned, {}},
                    ResetCase{"partial_at_the_slot", "000000010000000000000005.partial", ResetPlan::What::aligned, {}},
                    ResetCase{"behind", "000000010000000000000001", ResetPlan::What::reset, {}},
                    ResetCase{"partial_behind", "000000010000000000000001.partial", ResetPlan::What::reset,
                              "000000010000000000000001.partial"},
                    ResetCase{"partial_current", "000000010000000000000009.partial", ResetPlan::What::reset,
                              "000000010000000000000009.partial"},
                    ResetCase{"ahead", "00000001000000000000000A", ResetPlan::What::ahead, {}},
                    ResetCase{"partial_ahead", "00000001000000000000000A.partial", ResetPlan::What::ahead, {}}),
    [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::archiver
