#include "barman/app/config_changes.h"

#include <gtest/gtest.h>

#include <fstream>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::app {
namespace {

class SwitchTest : public testing::Test {
 protected:
  SwitchTest() {
    std::ofstream(directory_.path() + "/c") << "[barman]\nbarman_home = " << directory_.path() << R"(/home
[s]
description = server
conninfo = host=x
archiver = on
cluster = c
bandwidth_limit = 5
[m]
model = on
cluster = c
description = model
archiver = yes
recovery_options = get-wal
[n]
model = on
cluster = other
)";
  }
  config::Configuration load() const { return config::Configuration::read(directory_.path() + "/c"); }
  fs::TemporaryDirectory directory_{"barman-switch-test"};
};

TEST_F(SwitchTest, TellsOnlyWhatChanges) {
  const config::Configuration before = load();
  const auto result = switch_model(before, before.servers().at("s"), "m");
  EXPECT_FALSE(result.already_active);
  ASSERT_EQ(result.changes.size(), 2U);
  EXPECT_EQ(result.changes[0].option, "description");
  EXPECT_EQ(std::get<std::string>(result.changes[0].from), "server");
  EXPECT_EQ(std::get<std::string>(result.changes[0].to), "model");
  EXPECT_EQ(result.changes[1].option, "recovery_options");

  EXPECT_EQ(fs::read_file(directory_.path() + "/home/s/.active-model.auto"), "m");
  const config::Configuration after = load();
  EXPECT_EQ(after.servers().at("s").description, "model");
  EXPECT_TRUE(switch_model(after, after.servers().at("s"), "m").already_active);

  reset_model(after.servers().at("s"));
  reset_model(after.servers().at("s"));
  EXPECT_EQ(load().servers().at("s").active_model, std::nullopt);
}

TEST_F(SwitchTest, RefusesWhatDoesNotFit) {
  const config::Configuration configuration = load();
  const auto failure = [&](const std::string& model) -> std::string {
    try {
      switch_model(configuration, configuration.servers().at("s"), model);
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_EQ(failure("nosuch"), "Unknown model 'nosuch'");
  EXPECT_EQ(failure("s"), "Unknown model 's'");
  EXPECT_EQ(failure("n"), "Model 'n' has 'cluster=other', which is not compatible with 'cluster=c' from server 's'");
  EXPECT_FALSE(fs::exists(directory_.path() + "/home/s/.active-model.auto"));
}

}  // namespace
}  // namespace barman::app
