#include "barman/output/restore_plan.h"

#include <gmock/gmock.h>

#include "unit/output/recording_writer.h"

namespace barman::report {

namespace {

using testing::HasSubstr;
using testing::Not;

RestorePlan plan() {
  RestorePlan plan;
  plan.server = "main";
  plan.backup_id = "20260101T000000";
  plan.chosen = "asked for as 'latest'";
  plan.destination = "/srv/data";
  plan.possible = true;
  plan.timeline = 2;
  plan.target = {"time", "2026-01-02 00:00:00+00:00", true};
  plan.stop = RestorePlan::Stop{
      "commit",   "0/5000028", 754, Timestamp{1'767'312'000'000'000, 0}, Timestamp{1'767'312'000'000'000, 0},
      "0/5000028"};
  plan.copy_bytes = 1024;
  plan.wal = RestorePlan::Wal{.segments = 3, .missing_count = 0, .bytes = 3 << 20, .missing = {}, .copied_bytes = 0};
  plan.settings = {{"restore_command", "cp /srv/data/barman_wal/%f %p"}};
  return plan;
}

TEST(RestorePlanOutput, TellsWhereRecoveryEnds) {
  const std::string text = output::console_text(plan());
  EXPECT_THAT(text, HasSubstr("  Possible             : yes\n"));
  EXPECT_THAT(text, HasSubstr("  Backup               : 20260101T000000 (asked for as 'latest')\n"));
  EXPECT_THAT(text, HasSubstr("0/5000028 (commit); the last transaction is 754 at 2026-01-02 00:00:00+00:00\n"));
  EXPECT_THAT(text, HasSubstr("  WAL needed           : 3 segments, 3.0 MiB, all archived\n"));
  EXPECT_THAT(text, HasSubstr("    restore_command = 'cp /srv/data/barman_wal/%f %p'\n"));
  EXPECT_THAT(text, testing::EndsWith("Nothing has been written.\n"));
}

TEST(RestorePlanOutput, HasTheContractsKeys) {
  const nlohmann::json object = output::json_of(plan())["restore_plan"];
  EXPECT_EQ(object["possible"], true);
  EXPECT_EQ(object["reason"], nullptr);
  EXPECT_EQ(object["backup_id"], "20260101T000000");
  EXPECT_EQ(object["timeline"], 2);
  EXPECT_EQ(object["target"],
            nlohmann::json::parse(R"({"kind": "time", "value": "2026-01-02 00:00:00+00:00", "inclusive": true})"));
  EXPECT_EQ(object["stop"]["lsn"], "0/5000028");
  EXPECT_EQ(object["stop"]["xid"], 754);
  EXPECT_EQ(object["stop"]["kind"], "commit");
  EXPECT_EQ(object["stop"]["time"], "2026-01-02T00:00:00.000000+00:00");
  EXPECT_EQ(object["wal"]["segments"], 3);
  EXPECT_EQ(object["wal"]["missing"], nlohmann::json::array());
  EXPECT_EQ(object["copy_bytes"], 1024);
  EXPECT_EQ(object["free_bytes"], nullptr);
  EXPECT_EQ(object["estimated_seconds"], nullptr);
  EXPECT_EQ(object["nearest"], nlohmann::json::parse(R"({"before_time": null, "after_time": null})"));
  EXPECT_EQ(object["settings"]["restore_command"], "cp /srv/data/barman_wal/%f %p");
}

TEST(RestorePlanOutput, TellsHowLongItWouldTake) {
  RestorePlan known = plan();
  const std::string row = "  Estimated time       : ";
  const auto expect_row = [&](const std::string& words) {
    EXPECT_THAT(output::console_text(known), HasSubstr(row + words + "\n"));
  };
  expect_row("not known: no restore or drill of this server has been measured");
  EXPECT_EQ(output::json_of(known)["restore_plan"]["estimate"], nullptr);
  known.estimate = {.copy_seconds = 100.5, .by_restores = false, .recovery_seconds = 49.25};
  expect_row("2 minutes, 30 seconds, as drills have measured");
  EXPECT_EQ(output::json_of(known)["restore_plan"]["estimated_seconds"], 150);
  EXPECT_EQ(
      output::json_of(known)["restore_plan"]["estimate"],
      nlohmann::json::parse(R"({"copy_seconds": 100.5, "copy_measured_by": "drills", "recovery_seconds": 49.25})"));
  known.estimate->by_restores = true;
  expect_row("2 minutes, 30 seconds, as restores and drills have measured");
  known.remote = true;
  expect_row("2 minutes, 30 seconds, as restores to other hosts and drills have measured");
  known.estimate->recovery_seconds.reset();
  expect_row(
      "1 minute, 41 seconds to copy, as restores to other hosts have measured; recovery comes on top, which no drill has "
      "measured");
  EXPECT_EQ(output::json_of(known)["restore_plan"]["estimated_seconds"], 101);
  EXPECT_EQ(output::json_of(known)["restore_plan"]["estimate"]["copy_measured_by"], "restores");
  EXPECT_EQ(output::json_of(known)["restore_plan"]["estimate"]["recovery_seconds"], nullptr);
  known.estimate.reset();
  expect_row("not known: no restore of this server to another host has been measured");
  known.possible = false;
  expect_row("not known: it would not succeed");
}

TEST(RestorePlanOutput, TellsWhyNotAndWhatIsNearest) {
  RestorePlan impossible = plan();
  impossible.possible = false;
  impossible.reason = "no commit or abort is later";
  impossible.stop.reset();
  impossible.nearest_before = Timestamp{1'767'312'000'000'001, 0};
  impossible.wal->missing = {"000000010000000000000007"};
  impossible.wal->missing_count = 9;
  const std::string text = output::console_text(impossible);
  EXPECT_THAT(text, HasSubstr("  Possible             : NO: no commit or abort is later\n"));
  EXPECT_THAT(text, HasSubstr("  Nearest time before  : 2026-01-02 00:00:00.000001+00:00\n"));
  EXPECT_THAT(text, HasSubstr("  WAL missing          : 9 of them: 000000010000000000000007, ...\n"));
  EXPECT_THAT(text, Not(HasSubstr("Recovery ends at")));
  const nlohmann::json object = output::json_of(impossible)["restore_plan"];
  EXPECT_EQ(object["stop"], nullptr);
  EXPECT_EQ(object["nearest"]["before_time"], "2026-01-02T00:00:00.000001+00:00");
  impossible.possible.reset();
  EXPECT_EQ(output::json_of(impossible)["restore_plan"]["possible"], nullptr);
  EXPECT_THAT(output::console_text(impossible), HasSubstr("not known: no commit"));
}

}  // namespace
}  // namespace barman::report
