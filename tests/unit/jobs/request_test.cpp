#include "barman/jobs/request.h"

#include <gmock/gmock.h>

#include "barman/core/error.h"

namespace barman::jobs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string whole =
    R"({"backup_id": "latest", "remote_ssh_command": "ssh pg@h", "destination_directory": "/d", "x": [1, {"y": null}]})";

TEST(ReadRequest, TakesARecoveryWithAndWithoutItsType) {
  // repmgr says operation_type, which means nothing.
  for (const char* also : {R"({"type": "recovery", )", R"({"operation_type": "recovery", )", "{"}) {
    const Request request = read_request(also + whole.substr(1), "main");
    EXPECT_EQ(request.type, Type::recovery);
    EXPECT_EQ(request.backup_id, "latest");
    EXPECT_EQ(request.remote_ssh_command, "ssh pg@h");
    EXPECT_EQ(request.destination_directory, "/d");
  }
}

TEST(ReadRequest, TakesAModelOrNone) {
  EXPECT_EQ(read_request(R"({"type": "config_switch", "model_name": "m"})", "main").model, "m");
  EXPECT_EQ(read_request(R"({"type": "config_switch", "reset": true})", "main").model, std::nullopt);
}

TEST(ReadRequest, KeepsChangesAsTheyAre) {
  const Request request = read_request(R"({"type": "config_update", "changes": [{"scope": "server", "a": "é"}]})", "");
  EXPECT_EQ(request.type, Type::config_update);
  EXPECT_EQ(request.changes, R"([{"scope":"server","a":"\u00e9"}])");
}

struct Refused {
  std::string body, server, words;
};
class RefusedRequest : public testing::TestWithParam<Refused> {};
TEST_P(RefusedRequest, SaysWhy) {
  const auto& [body, server, words] = GetParam();
  try {
    read_request(body, server);
    ADD_FAILURE() << body;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::usage);
    EXPECT_THAT(error.what(), HasSubstr(words)) << body;
  }
}
constexpr const char* not_met = "Make sure all options/arguments are met and try again";
INSTANTIATE_TEST_SUITE_P(
    Bodies, RefusedRequest,
    testing::Values(
        Refused{"", "main", "not valid JSON"}, Refused{"{", "main", "not valid JSON"},
        Refused{"{\"a\": \"\xff\"}", "main", "not valid JSON"},
        Refused{std::string(200, '['), "main", "not valid JSON"},
        Refused{"{}", "main", "Minimum barman options not met for server 'main'"},
        Refused{"null", "main", "Minimum barman options not met for server 'main'"},
        Refused{"0", "", "Minimum barman options not met for instance operation"},
        Refused{"[1]", "main", "not a JSON object"}, Refused{R"("x")", "main", "not a JSON object"},
        Refused{R"({"type": "recovery"})", "main", "Request body is missing ``backup_id``"},
        Refused{R"({"backup_id": "a", "destination_directory": "/d"})", "main", not_met},
        Refused{R"({"backup_id": "a", "remote_ssh_command": "ssh"})", "main", not_met},
        Refused{R"({"backup_id": 5, "remote_ssh_command": "ssh", "destination_directory": "/d"})", "main", not_met},
        Refused{R"({"backup_id": "", "remote_ssh_command": "ssh", "destination_directory": "/d"})", "main", not_met},
        Refused{R"({"backup_id": "a\u0000b", "remote_ssh_command": "s", "destination_directory": "/d"})", "main",
                not_met},
        Refused{R"({"type": "config_switch"})", "main", not_met},
        Refused{R"({"type": "config_switch", "model_name": "m", "reset": true})", "main", not_met},
        Refused{R"({"type": "config_switch", "reset": false})", "main", not_met},
        Refused{R"({"type": "config_switch", "reset": "yes"})", "main", not_met},
        Refused{R"({"type": "config_switch", "model_name": 1})", "main", not_met},
        Refused{R"({"type": "config_update", "changes": []})", "main", "'config_update' is no type"},
        Refused{R"({"type": "nosuch"})", "main", "'nosuch' is no type"},
        Refused{R"({"type": 1})", "main", "'1' is no type"}, Refused{R"({"changes": []})", "", "'' is no type"},
        Refused{R"({"type": "recovery"})", "", "'recovery' is no type"},
        Refused{R"({"type": "config_update"})", "", not_met}));

// Whatever a client has sent, it is a value.
TEST(CommandOf, GivesNoWordsThatAreOptions) {
  Request request;
  request.backup_id = "--target-tli=1";
  request.remote_ssh_command = "--x";
  request.destination_directory = "-d";
  const Command recovery = command_of(request, "main");
  EXPECT_THAT(recovery.words, ElementsAre("recover", "--remote-ssh-command=--x", "--", "main", "--target-tli=1", "-d"));
  EXPECT_EQ(recovery.input, std::nullopt);
  request.type = Type::config_switch;
  EXPECT_THAT(command_of(request, "main").words, ElementsAre("config-switch", "--reset", "--", "main"));
  request.model = "--reset";
  EXPECT_THAT(command_of(request, "main").words, ElementsAre("config-switch", "--", "main", "--reset"));
  request.type = Type::config_update;
  request.changes = "[]";
  EXPECT_THAT(command_of(request, "").words, ElementsAre("config-update", "-"));
  EXPECT_EQ(command_of(request, "").input, "[]");
}

constexpr Timestamp noon{1'767'268'800'000'000, 3600};  // 2026-01-01 12:00:00 UTC

TEST(FileTexts, KeepWhatWasSentInItsOrder) {
  const std::string job = job_text(whole, Type::recovery, noon);
  EXPECT_EQ(job,
            R"({"backup_id":"latest","remote_ssh_command":"ssh pg@h","destination_directory":"/d","x":[1,{"y":null}],)"
            R"("operation_type":"recovery","start_time":"2026-01-01T13:00:00.000000"})");
  EXPECT_EQ(type_in(job), "recovery");
  const std::string output = output_text(job, {true, noon + Micros(1), "fine\npassword=secret\n"});
  EXPECT_EQ(output,
            job.substr(0, job.size() - 1) +
                R"(,"success":true,"end_time":"2026-01-01T13:00:00.000001","output":"fine\npassword=*REDACTED*\n"})");
  EXPECT_EQ(success_in(output), true);
}

TEST(FileTexts, DoWithoutAJobThatIsDamaged) {
  const std::string output = output_text("{", {false, noon, "\xff"});
  EXPECT_EQ(success_in(output), false);
  EXPECT_EQ(success_in("[true]"), std::nullopt);
  EXPECT_EQ(success_in(R"({"success": 1})"), std::nullopt);
  EXPECT_EQ(type_in(R"({"operation_type": null})"), std::nullopt);
}

TEST(IsId, KnowsTheForm) {
  EXPECT_TRUE(is_id("20261128T112811"));
  for (const char* other :
       {"", "20261128T11281", "20261128T1128111", "20261128-112811", "2026112xT112811", "../../etc/x"})
    EXPECT_FALSE(is_id(other)) << other;
}

}  // namespace
}  // namespace barman::jobs
