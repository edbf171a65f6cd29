// The sample files in etc/ against the option table: nothing missing, nothing unknown, defaults as they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <set>

#include "barman/config/configuration.h"
#include "barman/config/ini_document.h"
#include "barman/config/options.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::config {
namespace {

const std::string samples = std::string(BARMAN_TEST_DATA) + "/../../etc/";
constexpr const char* templates[] = {"streaming-server.conf-template", "ssh-server.conf-template",
                                     "passive-server.conf-template", "model.conf-template"};

// ";name = value" is an option that is not set; any other comment has a blank after the semicolon.
bool is_option_not_set(std::string_view line) {
  return line.size() > 1 && line[0] == ';' && line[1] >= 'a' && line[1] <= 'z';
}

std::string with_every_option(const std::string& file) {
  std::string text;
  for (const std::string& line : split_lines(fs::read_file(samples + file)))
    text += (is_option_not_set(line) ? line.substr(1) : line) + "\n";
  return text;
}

class SampleFiles : public testing::Test {
 protected:
  // Loads the samples as an installation would, in a directory of its own.
  Configuration load(const std::function<std::string(const std::string& file)>& read) const {
    const std::string& directory = directory_.path();
    std::string main = replace_all(read("barman.conf"), "/etc/barman.d", directory + "/d");
    main = replace_all(main, "/var/lib/barman", directory + "/home");
    fs::make_directories(directory + "/d");
    std::ofstream(directory + "/barman.conf") << main;
    for (const std::string name : templates)
      std::ofstream(directory + "/d/" + name + ".conf") << read("barman.d/" + name);
    return Configuration::read(directory + "/barman.conf");
  }

 private:
  fs::TemporaryDirectory directory_{"barman-samples-test"};
};

TEST_F(SampleFiles, WorkAsTheyAre) {
  const Configuration c = load([](const std::string& file) { return fs::read_file(samples + file); });
  EXPECT_THAT(c.warnings(), testing::IsEmpty());
  EXPECT_THAT(c.conflicts(), testing::IsEmpty());
  EXPECT_THAT(c.server_order(), testing::UnorderedElementsAre("passive", "ssh", "streaming"));
  EXPECT_TRUE(c.models().contains("streaming:standby"));
  for (const auto& [name, server] : c.servers()) {
    EXPECT_THAT(server.faults, testing::IsEmpty()) << name;
    EXPECT_THAT(server.warnings, testing::IsEmpty()) << name;
    EXPECT_THAT(server.log_lines, testing::IsEmpty()) << name;
  }
}

TEST_F(SampleFiles, HaveNoUnknownOptionAndNoBadValue) {
  const Configuration c = load(with_every_option);
  ASSERT_EQ(c.warnings().size(), 1U);
  EXPECT_EQ(c.warnings().front().text, "Invalid configuration option \"log_format\" in [barman] section.");
  for (const auto& [name, server] : c.servers()) EXPECT_THAT(server.log_lines, testing::IsEmpty()) << name;
  EXPECT_EQ(c.global().log_format, "%(asctime)s [%(process)s] %(name)s %(levelname)s: %(message)s");
}

TEST_F(SampleFiles, NameEveryOptionWithItsDefault) {
  std::map<std::string, std::string> not_set;  // of barman.conf
  std::set<std::string> named;
  std::vector<std::string> files = {"barman.conf"};
  for (const std::string name : templates) files.push_back("barman.d/" + name);
  for (const std::string& file : files) {
    IniDocument document;
    document.add(with_every_option(file), file);
    for (const IniSection& section : document.sections())
      for (const IniOption& option : section.options) named.insert(option.name);
  }
  for (const std::string& line : split_lines(fs::read_file(samples + "barman.conf"))) {
    const std::size_t equals = line.find(" = ");
    if (is_option_not_set(line)) not_set.emplace(line.substr(1, equals - 1), line.substr(equals + 3));
  }
  std::vector<OptionInfo> all = server_options();
  all.insert(all.end(), global_options().begin(), global_options().end());
  for (const OptionInfo& option : all) {
    const std::string name(option.name);
    EXPECT_TRUE(named.contains(name) || name == "disabled") << name;  // that one is for models, and seldom by hand
    const bool plain = !option.fallback.empty() && option.fallback.find("%(") == std::string_view::npos;
    if (plain && not_set.contains(name)) {
      EXPECT_EQ(not_set.at(name), option.fallback) << name;
    }
  }
}

}  // namespace
}  // namespace barman::config
