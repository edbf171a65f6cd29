#include "barman/output/check.h"

#include <gtest/gtest.h>

#include "json.h"
#include "recording_writer.h"
#include "unit/output/recording_writer.h"

namespace barman::report {

namespace {

using output::console_text;
using output::json_of;

CheckReport healthy(const std::string& server) {
  CheckReport report;
  report.server = server;
  report.lines = {{CheckId::postgres, "PostgreSQL", true, ""},
                  {CheckId::backup_size, "backup minimum size", true, "0 B"}};
  report.last_backup_bytes = 10;
  report.wal_bytes = 20;
  return report;
}

CheckReport broken(const std::string& server) {
  CheckReport report = healthy(server);
  report.lines.push_back({CheckId::ssh, "ssh", false, "no way"});
  report.lines.push_back({CheckId::archive_mode, "archive_mode", false, ""});
  return report;
}

TEST(CheckConsole, ListsTheChecks) {
  EXPECT_EQ(console_text(broken("main")),
            "Server main:\n\tPostgreSQL: OK\n\tbackup minimum size: OK (0 B)\n\tssh: FAILED (no way)\n\tarchive_mode: "
            "FAILED\n");
}

TEST(CheckConsole, TellsTheStateAndTheConfigurationErrors) {
  CheckReport report;
  report.server = "main";
  report.disabled = true;
  report.configuration_errors = {"one", "two"};
  report.lines = {{CheckId::configuration, "configuration", false, ""},
                  {CheckId::system_identifier, "systemid coherence", true, ""}};
  EXPECT_EQ(console_text(report),
            "Server main (WARNING: disabled):\n\tconfiguration: FAILED\n\t\tone\n\t\ttwo\n\tsystemid coherence: OK\n");
  const nlohmann::json json = json_of(report);
  EXPECT_EQ(json["_INFO"], (nlohmann::json{"\t\tone", "\t\ttwo"}));
  report.active = false;
  EXPECT_TRUE(console_text(report).starts_with("Server main (inactive):\n"));
}

TEST(CheckJson, ManglesTheNames) {
  CheckReport report;
  report.server = "main";
  report.lines = {{CheckId::wal_streaming, "PostgreSQL streaming (WAL streaming)", true, ""},
                  {CheckId::receive_wal, "receive-wal running", false, "hint"}};
  EXPECT_EQ(json_of(report).dump(), R"-({"main":{"postgresql_streaming_(wal_streaming)":{"hint":"","status":"OK"},)-"
                                    R"-("receive_wal_running":{"hint":"hint","status":"FAILED"}}})-");
}

TEST(CheckJson, HasTheServerWithoutAnyCheck) {
  CheckReport report;
  report.server = "main";
  EXPECT_EQ(json_of(report).dump(), R"-({"main":{}})-");
}

struct NagiosCase {
  const char* label;
  std::vector<CheckReport> reports;
  bool errors;
  int status;
  std::string_view text;
};

CheckReport inactive(CheckReport report) {
  report.active = false;
  return report;
}

class Nagios : public testing::TestWithParam<NagiosCase> {};
TEST_P(Nagios, SaysItInOneLine) {
  const NagiosReport result = to_nagios(GetParam().reports, GetParam().errors);
  EXPECT_EQ(result.text, GetParam().text);
  EXPECT_EQ(result.status, GetParam().status);
}
INSTANTIATE_TEST_SUITE_P(
    Situations, Nagios,
    testing::Values(
        NagiosCase{"one_good",
                   {healthy("a")},
                   false,
                   0,
                   "BARMAN OK - Ready to serve the Espresso backup for a|a=10B a_wals=20B\n"},
        NagiosCase{
            "two_good",
            {healthy("a"), healthy("b")},
            false,
            0,
            "BARMAN OK - Ready to serve the Espresso backup for 2 servers * a * b|a=10B a_wals=20B b=10B b_wals=20B\n"},
        NagiosCase{
            "inactive_failing",
            {healthy("a"), inactive(broken("b"))},
            false,
            0,
            "BARMAN OK - Ready to serve the Espresso backup for a * IGNORING: b|a=10B a_wals=20B b=10B b_wals=20B\n"},
        NagiosCase{
            "only_inactive", {inactive(broken("b"))}, false, 0, "BARMAN OK - No server configured * IGNORING: b\n"},
        NagiosCase{"none", {}, false, 0, "BARMAN OK - No server configured\n"},
        NagiosCase{"one_bad",
                   {broken("a")},
                   false,
                   2,
                   "BARMAN CRITICAL - server a has issues * a FAILED: ssh, archive_mode|a=10B a_wals=20B\n"
                   "a.ssh: FAILED (no way)\na.archive_mode: FAILED\n"},
        NagiosCase{"one_of_two_bad",
                   {broken("a"), healthy("b")},
                   false,
                   2,
                   "BARMAN CRITICAL - 1 server out of 2 have issues * a FAILED: ssh, archive_mode|a=10B a_wals=20B "
                   "b=10B b_wals=20B\n"
                   "a.ssh: FAILED (no way)\na.archive_mode: FAILED\n"},
        NagiosCase{"unknown_server", {healthy("a")}, true, 2, "BARMAN CRITICAL - Global configuration errors\n"}),
    [](const auto& row) { return std::string(row.param.label); });

}  // namespace

namespace {

using output::console_text;

template <typename Report>
std::string json(const Report& report) {
  return output::to_python_json(output::json_of(report));
}

TEST(WalArchiveOutput, SaysWhetherTheArchiveIsFree) {
  EXPECT_EQ(console_text(WalArchiveCheck{"main", true}), "Server main:\n - WAL archive check for server main passed\n");
  EXPECT_EQ(json(WalArchiveCheck{"main", true}), R"({"main": "WAL archive check for server main passed"})");
  EXPECT_EQ(console_text(WalArchiveCheck{"main", false}), "Server main:\n");
  EXPECT_EQ(json(WalArchiveCheck{"main", false}), R"({"main": {}})");
}

TEST(WalArchiveOutput, ListsWhatIsMissingInARange) {
  const WalRangeCheck complete{"main", "a", "b", std::vector<std::string>{}};
  EXPECT_EQ(console_text(complete), "Server main:\n\tWAL sequence check for server main: all segments are present\n");
  EXPECT_EQ(json(complete), R"({"main": {"begin_wal": "a", "end_wal": "b", "missing_wals": []}})");
  const WalRangeCheck gaps{"main", "a", "b", std::vector<std::string>{"x", "y"}};
  EXPECT_EQ(console_text(gaps),
            "Server main:\n\tWAL sequence check for server main: 2 missing segment(s):\n\t\tx\n\t\ty\n");
  EXPECT_EQ(json(gaps), R"({"main": {"begin_wal": "a", "end_wal": "b", "missing_wals": ["x", "y"]}})");
  const WalRangeCheck unknown{"main", "a", "b", std::nullopt};
  EXPECT_EQ(console_text(unknown), "Server main:\n");
  EXPECT_EQ(json(unknown), R"({"main": {"begin_wal": "a", "end_wal": "b"}})");
}

}  // namespace

}  // namespace barman::report
