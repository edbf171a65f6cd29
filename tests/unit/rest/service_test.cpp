// What is asked, and what is answered, without a connection; what is done in the background is not begun here.
#include "barman/rest/service.h"

#include <gmock/gmock.h>

#include <fstream>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::rest {
namespace {

using testing::HasSubstr;

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() : file_(directory_.path() + "/barman.conf") {
    std::ofstream(file_)
        << "[barman]\nbarman_home = " << directory_.path()
        << "/home\nbarman_user = nobody\n[main]\ndescription = server\nconninfo = host=x\narchiver = on\n"
           "ssh_command = false\n";
    fs::make_directories(home("main/jobs"));
    fs::make_directories(home("main/output"));
  }
  std::string home(const std::string& name) const { return directory_.path() + "/home/" + name; }
  void write(const std::string& name, const std::string& text) const { std::ofstream(home(name)) << text; }

  web::Response ask(const std::string& method, const std::string& target, const std::string& body = {},
                    std::vector<web::Header> headers = {{"Content-Type", "application/json"}}) const {
    web::Request request;
    request.method = method;
    EXPECT_FALSE(parse_target(target, request));
    request.headers = std::move(headers);
    request.body = body;
    return routes({file_, read_only_}).answer(std::move(request));
  }
  void expect(int status, const std::string& body, const web::Response& response) const {
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.body, body);
    EXPECT_EQ(response.type, "application/json");
  }

  fs::TemporaryDirectory directory_{"barman-rest-test"};
  std::string file_;
  bool read_only_ = false;
};

TEST_F(ServiceTest, SaysThatItIsThere) {
  const web::Response response = ask("GET", "/status");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "\"OK\"");
  EXPECT_THAT(response.type, testing::StartsWith("text/html"));
}

TEST_F(ServiceTest, HasWhatMonitoringReads) {
  const web::Response metrics = ask("GET", "/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_THAT(metrics.body, HasSubstr("barman_server_info{server=\"main\""));
  const web::Response report = ask("GET", "/report");
  EXPECT_EQ(report.status, 200);
  EXPECT_THAT(report.type, testing::StartsWith("text/html"));
  ASSERT_FALSE(report.headers.empty());
  EXPECT_EQ(report.headers[0].name, "Content-Security-Policy");
}

TEST_F(ServiceTest, ListsOperations) {
  expect(200, "{\"operations\":[]}\n", ask("GET", "/servers/main/operations"));
  expect(200, "{\"operations\":[]}\n", ask("GET", "/operations"));
  write("main/jobs/20261128T112811.json", R"({"operation_type": "recovery"})");
  expect(200, "{\"operations\":[{\"id\":\"20261128T112811\",\"type\":\"recovery\"}]}\n",
         ask("GET", "/servers/main/operations"));
  expect(404, "{\"error\":\"404 Not Found: No barman config found for 'nope'.\"}\n",
         ask("GET", "/servers/nope/operations"));
}

TEST_F(ServiceTest, SaysHowFarAnOperationIs) {
  write("main/jobs/20261128T112811.json", R"({"operation_type": "recovery"})");
  expect(200, "{\"operation_id\":\"20261128T112811\",\"status\":\"IN_PROGRESS\"}\n",
         ask("GET", "/servers/main/operations/20261128T112811"));
  write("main/output/20261128T112811.json", R"({"success": true})");
  expect(200, "{\"operation_id\":\"20261128T112811\",\"status\":\"DONE\"}\n",
         ask("GET", "/servers/main/operations/20261128T112811"));
  write("main/output/20261128T112811.json", R"({"success": false})");
  expect(200, "{\"operation_id\":\"20261128T112811\",\"status\":\"FAILED\"}\n",
         ask("GET", "/servers/main/operations/20261128T112811"));
  for (const char* target : {"/servers/main/operations/20261128T112812", "/operations/20261128T112811",
                             "/servers/main/operations/..%2Foutput%2F20261128T112811", "/servers/main/operations/x"})
    expect(404, "{\"error\":\"404 Not Found: Resource not found\"}\n", ask("GET", target));
}

struct RefusedPost {
  const char *target, *body;
  int status;
  const char* words;
};
TEST_F(ServiceTest, RefusesWhatCannotBeDone) {
  const char* const recovery = R"({"backup_id": "nope", "remote_ssh_command": "ssh", "destination_directory": "/d"})";
  for (const auto& [target, body, status, words] :
       {RefusedPost{"/servers/nope/operations", recovery, 404, "404 Not Found: Server 'nope' does not exist"},
        RefusedPost{"/servers/main/operations", recovery, 404, "404 Not Found: Backup 'nope' does not exist"},
        RefusedPost{"/servers/main/operations", "{}", 400,
                    "400 Bad Request: Minimum barman options not met for server 'main'"},
        RefusedPost{"/servers/main/operations", "{", 400, "400 Bad Request: The request body is not valid JSON"},
        RefusedPost{"/servers/main/operations", R"({"type": "recovery"})", 400,
                    "Request body is missing ``backup_id``"},
        RefusedPost{"/operations", R"({"type": "config_update"})", 400, "Make sure all options/arguments are met"},
        RefusedPost{"/status", "{}", 405, "405 Method Not Allowed"},
        RefusedPost{"/nothing", "{}", 404, "404 Not Found"}}) {
    const web::Response response = ask("POST", target, body);
    EXPECT_EQ(response.status, status) << target << ' ' << body;
    EXPECT_THAT(response.body, HasSubstr(words));
    EXPECT_THAT(response.body, testing::StartsWith("{\"error\":\""));
  }
  EXPECT_TRUE(fs::list_directory(home("main/jobs")).empty());
  EXPECT_FALSE(fs::exists(home("nope")));
}

// A page in a browser on this machine can have forms sent here.
TEST_F(ServiceTest, RefusesWhatWebPagesSend) {
  const char* const body = R"({"type": "config_switch", "reset": true})";
  EXPECT_EQ(ask("POST", "/servers/main/operations", body, {{"Content-Type", "text/plain"}}).status, 415);
  EXPECT_EQ(ask("POST", "/servers/main/operations", body, {}).status, 415);
  EXPECT_EQ(ask("POST", "/servers/main/operations", body,
                {{"Content-Type", "application/json"}, {"Origin", "http://evil.example"}})
                .status,
            403);
  EXPECT_TRUE(fs::list_directory(home("main/jobs")).empty());
}

TEST_F(ServiceTest, DoesNothingWhereItIsReadOnly) {
  read_only_ = true;
  EXPECT_EQ(ask("POST", "/servers/main/operations", R"({"type": "config_switch", "reset": true})").status, 403);
  EXPECT_EQ(ask("POST", "/operations", R"({"type": "config_update", "changes": []})").status, 403);
  EXPECT_EQ(ask("GET", "/operations").status, 200);
}

TEST_F(ServiceTest, SaysThatTheConfigurationCannotBeRead) {
  fs::remove_file(file_);
  EXPECT_EQ(ask("GET", "/operations").status, 500);
  EXPECT_EQ(ask("GET", "/status").status, 200);
}

TEST(RequireSafe, WantsCertificatesOfOtherMachines) {
  const web::Address here = web::parse_address("127.0.0.1:1"), anywhere = web::parse_address("0.0.0.0:1");
  const web::Tls without{"c", "k"}, with{"c", "k", "ca"};
  EXPECT_NO_THROW(require_safe(here, std::nullopt, false));
  EXPECT_NO_THROW(require_safe(anywhere, with, false));
  EXPECT_NO_THROW(require_safe(anywhere, std::nullopt, true));
  EXPECT_THROW(require_safe(anywhere, std::nullopt, false), Error);
  EXPECT_THROW(require_safe(anywhere, without, false), Error);
}

}  // namespace
}  // namespace barman::rest
