#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "barman/core/text.h"
#include "barman/output/servers.h"
#include "json.h"
#include "recording_writer.h"

namespace barman::output {
namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t moment = 1'795'245'995 * second;  // 2026-11-21 07:26:35 UTC

struct FactCase {
  const char* label;
  report::Fact fact;
  const char* text;
  const char* plain;
  const char* typed;
};
class FactForms : public testing::TestWithParam<FactCase> {};

TEST_P(FactForms, AreThoseOfTheReference) {
  EXPECT_EQ(python_text(GetParam().fact), GetParam().text);
  EXPECT_EQ(plain_json(GetParam().fact).dump(), GetParam().plain);
  EXPECT_EQ(typed_json(GetParam().fact).dump(), GetParam().typed);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, FactForms,
    testing::Values(FactCase{"null", nullptr, "None", "null", "null"}, FactCase{"flag", true, "True", "true", "true"},
                    FactCase{"number", std::int64_t{30}, "30", "30", "30"},
                    FactCase{"text", std::string("a b"), "a b", "\"a b\"", "\"a b\""},
                    FactCase{"list", std::vector<std::string>{"a", "it's"}, "['a', \"it's\"]", "[\"a\",\"it's\"]",
                             "[\"a\",\"it's\"]"},
                    FactCase{"one_empty_name", std::vector<std::string>{""}, "['']", "[\"\"]", "[\"\"]"},
                    FactCase{"limits", std::map<std::string, std::int64_t>{{"tbs1", 500}, {"x", 7}},
                             "{'tbs1': 500, 'x': 7}", "{\"tbs1\":500,\"x\":7}", "{\"tbs1\":500,\"x\":7}"},
                    FactCase{"words", report::WordSet{"BackupOptions", {"concurrent_backup"}},
                             "BackupOptions({'concurrent_backup'})", "\"BackupOptions({'concurrent_backup'})\"",
                             "\"concurrent_backup\""},
                    FactCase{"no_words", report::WordSet{"RecoveryOptions", {}}, "RecoveryOptions()",
                             "\"RecoveryOptions()\"", "\"\""},
                    FactCase{"interval", Micros(3600 * second), "1:00:00", "\"1:00:00\"", "\"1 hour\""},
                    FactCase{"decimal", report::Decimal{"0.0332"}, "0.0332", "\"0.0332\"", "0.0332"},
                    FactCase{"whole_decimal", report::Decimal{"23355081"}, "23355081", "\"23355081\"", "23355081.0"},
                    FactCase{"slot", report::SlotFact{"demo", true, "0/1B000000"},
                             "Record(slot_name='demo', active=True, restart_lsn='0/1B000000')",
                             "\"Record(slot_name='demo', active=True, restart_lsn='0/1B000000')\"",
                             "[\"demo\",true,\"0/1B000000\"]"},
                    FactCase{"new_slot", report::SlotFact{"demo", false, {}},
                             "Record(slot_name='demo', active=False, restart_lsn=None)",
                             "\"Record(slot_name='demo', active=False, restart_lsn=None)\"", "[\"demo\",false,null]"},
                    FactCase{"password", std::string("host=a password=geheim"), "host=a password=geheim",
                             "\"host=a password=*REDACTED*\"", "\"host=a password=*REDACTED*\""}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(FactForms, TimesKeepTheirOffsetForPeople) {
  EXPECT_EQ(python_text(Timestamp{moment, 3600}), "2026-11-21 08:26:35+01:00");
  EXPECT_EQ(plain_json(Timestamp{moment + 300119, 0}).dump(), "\"2026-11-21 07:26:35.300119+00:00\"");
}

// Recorded from str(decimal.Decimal(text)).
TEST(PythonDecimal, TurnsToAnExponentBelowAMillionth) {
  EXPECT_EQ(python_decimal("0.00000000000000000000"), "0E-20");
  EXPECT_EQ(python_decimal("0.000001"), "0.000001");
  EXPECT_EQ(python_decimal("0.0000012345"), "0.0000012345");
  EXPECT_EQ(python_decimal("0.00000012345"), "1.2345E-7");
  EXPECT_EQ(python_decimal("-0.00000012"), "-1.2E-7");
  EXPECT_EQ(python_decimal("0"), "0");
  EXPECT_EQ(python_decimal("123.450"), "123.450");
  EXPECT_EQ(python_decimal("NaN"), "NaN");
}

const report::ServerList servers{{{"disab", "Has conflicts", true, true, false},
                                  {"inact", "", false, true, false},
                                  {"main", "Main server", true, false, false},
                                  {"none", "", true, false, false},
                                  {"passive", "Copy", true, false, true}},
                                 false};

TEST(ListServers, TellsTheStateAfterTheDescription) {
  RecordingWriter console;
  write_console(servers, console);
  EXPECT_EQ(split_lines(console.text()),
            (std::vector<std::string>{"disab - Has conflicts (WARNING: disabled)", "inact -  (inactive)",
                                      "main - Main server", "none", "passive - Copy (Passive)"}));
  nlohmann::json root = nlohmann::json::object();
  write_json(servers, root);
  EXPECT_EQ(root["inact"]["description"], " (inactive)");
  EXPECT_EQ(root["none"]["description"], "");
}

TEST(ListServers, MinimalIsNamesForPeopleAndNothingNewForPrograms) {
  report::ServerList minimal = servers;
  minimal.minimal = true;
  RecordingWriter console;
  write_console(minimal, console);
  EXPECT_EQ(split_lines(console.text()), (std::vector<std::string>{"disab", "inact", "main", "none", "passive"}));
  nlohmann::json all = nlohmann::json::object(), same = nlohmann::json::object();
  write_json(servers, all);
  write_json(minimal, same);
  EXPECT_EQ(all, same);
}

TEST(ShowServers, StateStandsInForAMissingDescription) {
  const report::ServerFacts nameless{"s", true, true, {{"description", nullptr}, {"active", true}}};
  const report::ServerFacts named{"t", false, false, {{"description", std::string("T")}}};
  nlohmann::json root = nlohmann::json::object();
  write_json(nameless, root);
  write_json(named, root);
  EXPECT_EQ(root["s"]["description"], "(WARNING: disabled)");
  EXPECT_EQ(root["t"]["description"], "T");
  RecordingWriter console;
  write_console(nameless, console);
  write_console(named, console);
  EXPECT_EQ(split_lines(console.text()),
            (std::vector<std::string>{"Server s (WARNING: disabled):", "\tactive: True", "\tdescription: None",
                                      "Server t (inactive):", "\tdescription: T"}));
}

TEST(BackupMetadata, NamesEveryFieldAndLeavesOutTwoThatAreNotSet) {
  catalog::BackupInfo info;
  info.backup_id = "20261121T072635";
  info.server_name = "main";
  info.begin_time = Timestamp{moment, 0};
  info.backup_label = "START WAL LOCATION: 0/F000028\n";
  info.tablespaces = std::vector<catalog::Tablespace>{{"tbs1", 16387, "/srv/ts1"}};
  info.copy_stats.emplace();
  info.copy_stats->copy_time = 2.5;
  info.copy_stats->copy_time_per_item = catalog::CopyStats::PerItem{{"pgdata", 1.25}};
  nlohmann::json shown = metadata_json(info, TimeForm::ctime);
  EXPECT_EQ(shown.size(), 34);
  EXPECT_EQ(shown["begin_time"], "Sat Nov 21 07:26:35 2026");
  EXPECT_EQ(shown["backup_label"], "'START WAL LOCATION: 0/F000028\\n'");
  EXPECT_EQ(shown["tablespaces"].dump(), "[[\"tbs1\",16387,\"/srv/ts1\"]]");
  EXPECT_EQ(shown["copy_stats"].dump(), "{\"copy_time\":2.5,\"copy_time_per_item\":{\"pgdata\":1.25}}");
  EXPECT_TRUE(shown["end_time"].is_null());
  info.backup_name = "before";
  EXPECT_EQ(metadata_json(info, TimeForm::ctime)["backup_name"], "before");
  info.snapshots_info = "{'provider': 'gcp', 'provider_info': {'project': 'p1'}, 'snapshots': []}";
  EXPECT_EQ(metadata_json(info, TimeForm::ctime)["snapshots_info"].dump(),
            R"({"provider":"gcp","provider_info":{"project":"p1"},"snapshots":[]})");
}

}  // namespace
}  // namespace barman::output
