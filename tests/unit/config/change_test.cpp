#include "barman/config/change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "barman/config/edit.h"
#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// ---- Editing a file

struct Edit {
  const char *name, *before, *after;
};

TEST(SetOption, ChangesOneLineAndNothingElse) {
  const std::vector<Edit> cases = {
      {"replaced", "[s]\na = 1\nb = 2\n", "[s]\na = 9\nb = 2\n"},
      {"any spelling", "[s]\n  A:1\nb = 2\n", "[s]\n  a = 9\nb = 2\n"},
      {"the last one counts", "[s]\na = 1\na = 2\n", "[s]\na = 1\na = 9\n"},
      {"the last section counts", "[s]\na = 1\n[t]\nx = 1\n[s]\na = 3\n", "[s]\na = 1\n[t]\nx = 1\n[s]\na = 9\n"},
      {"with what continues it", "[s]\na = 1\n  2\n# c\n\n  3\nb = 2\n", "[s]\na = 9\n# c\n\nb = 2\n"},
      {"a continuation is no option", "[s]\nb = 1\n  a = 2\n", "[s]\nb = 1\n  a = 2\na = 9\n"},
      {"a comment is no option", "[s]\n#a = 1\n;a = 2\n", "[s]\na = 9\n#a = 1\n;a = 2\n"},
      {"a longer name is another", "[s]\naa = 1\n", "[s]\naa = 1\na = 9\n"},
      {"added before the next section", "[s]\nb = 1\n\n[t]\na = 2\n", "[s]\nb = 1\na = 9\n\n[t]\na = 2\n"},
      {"added to an empty section", "[s]\n[t]\na = 2\n", "[s]\na = 9\n[t]\na = 2\n"},
      {"added before a deeper section", "[s]\n\n  [t]\n  a = 2\n", "[s]\n  a = 9\n\n  [t]\n  a = 2\n"},
      {"section added", "[t]\na = 1\n", "[t]\na = 1\n[s]\na = 9\n"},
      {"file without a last line end", "[t]\na = 1", "[t]\na = 1\n[s]\na = 9\n"},
      {"option without a line end", "[s]\nb = 1", "[s]\nb = 1\na = 9\n"},
      {"empty file", "", "[s]\na = 9\n"},
      {"line ends of Windows", "[s]\r\na = 1\r\nb = 2\r\n", "[s]\r\na = 9\r\nb = 2\r\n"},
      {"indented header", "  [s]\n  a = 1\n", "  [s]\n  a = 9\n"},
      {"indented options stay options", "[s]\n  a = 1\n  b = 2\n", "[s]\n  a = 9\n  b = 2\n"},
      {"added among indented ones", "[s]\n  b = 1\n  [t]\n  c = 2\n", "[s]\n  b = 1\n  a = 9\n  [t]\n  c = 2\n"},
      {"lines that end with CR", "[s]\ra = 1\rb = 2\r", "[s]\ra = 9\rb = 2\r"},
      {"CR among others", "[s]\nb = 1\ra = 2\n", "[s]\nb = 1\ra = 9\n"},
  };
  for (const Edit& edit : cases) EXPECT_EQ(set_option(edit.before, "s", "a", "9"), edit.after) << edit.name;
}

// ---- The queue

constexpr const char* queue_of_the_reference = R"([
  {
    "section": "main",
    "changes_set": [
      {
        "key": "description",
        "value": "caf\u00e9",
        "config_file": "/etc/barman.d/main.conf"
      }
    ]
  }
])";

TEST(ChangeQueue, IsTheReferencesToTheByte) {
  const std::vector<SectionChange> changes = {{"main", {{"description", "caf\xc3\xa9", "/etc/barman.d/main.conf"}}}};
  EXPECT_EQ(parse_change_queue(queue_of_the_reference), changes);
  EXPECT_EQ(serialize_change_queue(changes), queue_of_the_reference);
  EXPECT_EQ(serialize_change_queue({}), "[]");
  EXPECT_TRUE(parse_change_queue(" [ ]\n").empty());
  EXPECT_TRUE(parse_change_queue("{}").empty());
}

TEST(ChangeQueue, CannotHoldAFileNameThatIsNoUtf8) {
  const std::vector<SectionChange> changes = {{"main", {{"archiver", "on", "/etc/barman.d/caf\xe9.conf"}}}};
  EXPECT_THROW(serialize_change_queue(changes), Error);
}

TEST(ChangeQueue, RefusesAnythingElse) {
  for (const char* text : {"", "x", "{\"a\": 1}", "[", "[1]", "[{}]", R"([{"section": "s"}])",
                           R"([{"section": "s", "changes_set": [{"key": "k", "value": 3, "config_file": "f"}]}])"})
    EXPECT_THROW(parse_change_queue(text), Error) << text;
}

// ---- Requests

std::string json_failure(std::string_view json) {
  try {
    parse_change_requests(json);
  } catch (const Error& error) {
    EXPECT_FALSE(error.hint().empty());
    return error.what();
  }
  return "none";
}

TEST(ChangeRequests, TellWhereTheyAreNoJson) {
  EXPECT_EQ(json_failure(""), "Expecting value: line 1 column 1 (char 0)");
  EXPECT_EQ(json_failure("xx"), "Expecting value: line 1 column 1 (char 0)");
  EXPECT_EQ(json_failure("\n xx"), "Expecting value: line 2 column 2 (char 2)");
  for (const char* text : {"[1,\n", "[] x", "{a:1}", "[1 2]", "[\"abc"})
    EXPECT_THAT(json_failure(text), HasSubstr("The changes are not JSON: parse error at line ")) << text;
  for (const char* text : {"3", "\"a\"", "[\"a\"]", "{\"scope\": \"server\"}"})
    EXPECT_EQ(json_failure(text), "The changes are not a JSON list of objects") << text;
}

TEST(ChangeRequests, RefuseNumbersAndDepthsBeyondAnyUse) {
  EXPECT_THAT(json_failure(R"([{"scope": "server", "parallel_jobs": 1e999}])"),
              HasSubstr("The changes are not JSON: "));
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(json_failure(deep), "The changes nest too deeply");
  EXPECT_EQ(json_failure("[{\"scope\": " + deep + "}]"), "The changes nest too deeply");
  EXPECT_THROW(parse_change_queue(deep), Error);
}

TEST(ChangeRequests, AreShownAsPythonDoes) {
  const auto requests = parse_change_requests(R"([{"scope": 3, "b": [1, null, true, {"c": "it's"}], "d": 1.50}])");
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].shown, R"({'scope': 3, 'b': [1, None, True, {'c': "it's"}], 'd': 1.5})");
  EXPECT_EQ(requests[0].scope, "3");
}

TEST(ChangeRequests, SpellNumbersAndTruthValues) {
  const auto requests = parse_change_requests(
      R"([{"scope": "server", "server_name": "s", "parallel_jobs": 3, "archiver": true, "description": null}])");
  EXPECT_THAT(requests.at(0).options,
              ElementsAre(std::pair<std::string, std::optional<std::string>>("parallel_jobs", "3"),
                          std::pair<std::string, std::optional<std::string>>("archiver", "true"),
                          std::pair<std::string, std::optional<std::string>>("description", std::nullopt)));
  EXPECT_TRUE(parse_change_requests("[]").empty());
  EXPECT_TRUE(parse_change_requests("{}").empty());
}

// ---- Requests and the configuration

class ChangePlan : public testing::Test {
 protected:
  void SetUp() override {
    fs::make_directories(path("d"));
    fs::make_directories(path("home"));
    write("main.conf", fmt_main());
    write("d/s.conf", "[s]\ndescription = old\nconninfo = x=1\ncluster = c\n[m]\nmodel = on\ncluster = c\n");
    configuration_.emplace(Configuration::read(path("main.conf")));
  }
  std::string fmt_main() const {
    return "[barman]\nbarman_home = " + path("home") + "\nconfiguration_files_directory = " + path("d") +
           "\ncompression = gzip\n";
  }
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
  ChangeRequest request(std::string_view json) const {
    return parse_change_requests("[" + replace_all(json, "'", "\"") + "]").at(0);
  }
  std::string problem(std::string_view json) const {
    return problem_of(request(json), *configuration_).value_or("none");
  }

  fs::TemporaryDirectory directory_{"barman-change-test"};
  std::optional<Configuration> configuration_;
};

TEST_F(ChangePlan, IsRefusedInTheReferencesWords) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"{}", "Invalid section {}: 'scope' is invalid: 'None'. It should be either 'server' or 'model'."},
      {"{'scope': 'x'}",
       "Invalid section {'scope': 'x'}: 'scope' is invalid: 'x'. It should be either 'server' or 'model'."},
      {"{'scope': 'server'}", "Invalid section {'scope': 'server'}: 'server_name' is missing."},
      {"{'scope': 'model'}", "Invalid section {'scope': 'model'}: 'model_name' is missing."},
      {"{'scope': 'server', 'server_name': 'm'}",
       "Invalid section {'scope': 'server', 'server_name': 'm'}: 'm' is a model, not a server."},
      {"{'scope': 'model', 'model_name': 's'}",
       "Invalid section {'scope': 'model', 'model_name': 's'}: 's' is a server, not a model."},
      {"{'scope': 'model', 'model_name': 'n'}",
       "Invalid section {'scope': 'model', 'model_name': 'n'}: new model but 'cluster' is missing."},
      {"{'scope': 'server', 'server_name': 's', 'nosuch': 'x'}", "Invalid option 'nosuch' for server 's'"},
      {"{'scope': 'server', 'server_name': 's', 'model': 'on'}", "Invalid option 'model' for server 's'"},
      {"{'scope': 'server', 'server_name': 's', 'DESCRIPTION': 'x'}", "Invalid option 'DESCRIPTION' for server 's'"},
      {"{'scope': 'server', 'server_name': 's', 'model_name': 'm'}", "Invalid option 'model_name' for server 's'"},
      {"{'scope': 'model', 'model_name': 'm', 'backup_directory': '/x'}",
       "Invalid option 'backup_directory' for model 'm'"},
      {"{'scope': 'server', 'server_name': 's', 'archiver': 'perhaps'}",
       "Validation failed for server 's': key 'archiver' -> Invalid boolean representation (must be one in: "
       "true|t|yes|1|on | false|f|no|0|off)"},
      {"{'scope': 'server', 'server_name': 's', 'backup_options': 'tape'}",
       "Validation failed for server 's': key 'backup_options' -> Invalid configuration value 'tape' for key "
       "backup_options in server 's': Unknown option"},
      {"{'scope': 'server', 'server_name': 's', 'description': null}",
       "Validation failed for server 's': key 'description' -> the value must be a text"},
      {"{'scope': 'server', 'server_name': 's', 'description': 'a\\nb'}",
       "Validation failed for server 's': key 'description' -> the value must be a single line"},
      {"{'scope': 'server', 'server_name': 'barman'}",
       "Invalid section {'scope': 'server', 'server_name': 'barman'}: 'barman' is no name for a server."},
      {"{'scope': 'server', 'server_name': 's', 'description': 'x', 'bandwidth_limit': 'perhaps'}", "none"},
      {"{'scope': 'server', 'server_name': 'fresh', 'description': 'x'}", "none"},
      {"{'scope': 'model', 'model_name': 'n', 'cluster': 'c'}", "none"},
  };
  for (const auto& [json, expected] : cases) EXPECT_EQ(problem(json), expected) << json;
}

TEST_F(ChangePlan, WritesWhereTheOptionIs) {
  const std::string automatic = path("home/.barman.auto.conf");
  EXPECT_EQ(plan_change(request("{'scope': 'server', 'server_name': 's', 'description': 'n', 'compression': 'bzip2', "
                                "'parallel_jobs': '2'}"),
                        *configuration_),
            (SectionChange{"s",
                           {{"description", "n", path("d/s.conf")},
                            {"compression", "bzip2", path("main.conf")},
                            {"parallel_jobs", "2", automatic}}}));
  EXPECT_EQ(plan_change(request("{'scope': 'model', 'model_name': 'n', 'cluster': 'c'}"), *configuration_),
            (SectionChange{"n", {{"cluster", "c", automatic}, {"model", "on", automatic}}}));
}

TEST_F(ChangePlan, ShowsWhatTheConfigurationWouldBe) {
  const std::string automatic = path("home/.barman.auto.conf");
  const std::vector<SectionChange> changes = {
      {"s", {{"description", "new", path("d/s.conf")}, {"parallel_jobs", "4", automatic}}}};
  const Configuration after = Configuration::read(path("main.conf"), edited_files(changes, automatic));
  EXPECT_EQ(after.servers().at("s").description, "new");
  EXPECT_EQ(after.servers().at("s").parallel_jobs, 4);
  EXPECT_EQ(configuration_->servers().at("s").description, "old");
  EXPECT_THROW(edited_files({{"s", {{"a", "b", path("d/missing.conf")}}}}, automatic), Error);
}

TEST_F(ChangePlan, KeepsModeAndLinkOfTheFile) {
  ::chmod(path("d/s.conf").c_str(), 0640);
  fs::make_symlink(path("d/s.conf"), path("link.conf"));
  write_configuration_file(path("link.conf"), "[s]\n");
  EXPECT_EQ(fs::read_file(path("d/s.conf")), "[s]\n");
  EXPECT_EQ(fs::stat_if_exists(path("d/s.conf"))->st_mode & 07777, 0640U);
  EXPECT_TRUE(S_ISLNK(fs::lstat_if_exists(path("link.conf"))->st_mode));
  write_configuration_file(path("fresh.conf"), "[t]\n");
  EXPECT_EQ(fs::read_file(path("fresh.conf")), "[t]\n");
}

}  // namespace
}  // namespace barman::config
