#include "settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace barman::drill {
namespace {

using testing::ElementsAre;

std::map<std::string, std::string> settings_of(int major) {
  Seal seal;
  seal.major = major;
  seal.data = "/d/data";
  seal.sockets = "/d/socket";
  seal.libraries = {"pg_stat_statements", "my\"lib"};
  seal.control = {true, 7, 128};
  std::map<std::string, std::string> settings;
  for (const auto& [name, value] : sealed_settings(seal)) {
    EXPECT_TRUE(settings.emplace(name, value).second) << name << " is set twice";
  }
  return settings;
}

TEST(SealedSettings, LetNobodyInAndNothingOut) {
  for (const int major : {10, 11, 12, 13, 14, 15, 16, 17, 18}) {
    const auto settings = settings_of(major);
    EXPECT_EQ(settings.at("listen_addresses"), "") << major;
    EXPECT_EQ(settings.at("unix_socket_directories"), "\"/d/socket\"");
    EXPECT_EQ(settings.at("unix_socket_permissions"), "0700");
    EXPECT_EQ(settings.at("data_directory"), "/d/data");
    EXPECT_EQ(settings.at("archive_mode"), "off");
    EXPECT_EQ(settings.at("archive_command"), "");
    EXPECT_EQ(settings.at("max_wal_senders"), "0");
    EXPECT_EQ(settings.at("max_logical_replication_workers"), "0");
    EXPECT_EQ(settings.at("max_worker_processes"), "0");
    EXPECT_EQ(settings.at("autovacuum"), "off");
    EXPECT_EQ(settings.at("synchronous_standby_names"), "");
  }
}

TEST(SealedSettings, NameOnlyWhatTheVersionKnows) {
  EXPECT_FALSE(settings_of(11).contains("primary_conninfo"));
  EXPECT_EQ(settings_of(12).at("primary_conninfo"), "");
  EXPECT_FALSE(settings_of(14).contains("archive_library"));
  EXPECT_TRUE(settings_of(14).contains("stats_temp_directory"));
  EXPECT_FALSE(settings_of(15).contains("stats_temp_directory"));
  EXPECT_FALSE(settings_of(16).contains("event_triggers"));
  EXPECT_EQ(settings_of(17).at("event_triggers"), "off");
  EXPECT_TRUE(settings_of(12).contains("wal_keep_segments"));
  EXPECT_TRUE(settings_of(13).contains("wal_keep_size"));
  EXPECT_FALSE(settings_of(13).contains("wal_keep_segments"));
}

TEST(SealedSettings, PassOverNoDamage) {
  for (const int major : {10, 12, 13, 18}) {
    const auto settings = settings_of(major);
    EXPECT_EQ(settings.at("zero_damaged_pages"), "off") << major;
    EXPECT_EQ(settings.at("ignore_checksum_failure"), "off") << major;
    EXPECT_EQ(settings.contains("ignore_invalid_pages"), major >= 13);
  }
  EXPECT_THAT(session_options(15), testing::HasSubstr("-c zero_damaged_pages=off"));
}

TEST(SealedSettings, KeepWalWhereItIsReadAfterwards) {
  Seal seal;
  seal.major = 15;
  const auto names = [&] {
    std::vector<std::string> found;
    for (const auto& [name, value] : sealed_settings(seal)) found.push_back(name);
    return found;
  };
  EXPECT_THAT(names(), testing::Contains("wal_keep_size"));
  seal.keeps_wal = false;
  EXPECT_THAT(names(), testing::Not(testing::Contains("wal_keep_size")));
}

TEST(SessionOptions, FireNoTriggersAndKnowTheVersion) {
  EXPECT_THAT(session_options(10), testing::HasSubstr("-c session_replication_role=replica"));
  EXPECT_THAT(session_options(13), testing::Not(testing::HasSubstr("idle_session_timeout")));
  EXPECT_THAT(session_options(14), testing::HasSubstr("idle_session_timeout"));
  EXPECT_THAT(session_options(16), testing::Not(testing::HasSubstr("event_triggers")));
  EXPECT_THAT(session_options(17), testing::HasSubstr("-c event_triggers=off"));
}

TEST(SealedSettings, HaveRoomForWhatTheServerHad) {
  const auto settings = settings_of(15);
  EXPECT_EQ(settings.at("max_prepared_transactions"), "7");
  EXPECT_EQ(settings.at("max_locks_per_transaction"), "128");
  EXPECT_EQ(settings.at("shared_preload_libraries"), "\"pg_stat_statements\", \"my\"\"lib\"");
}

TEST(ServerArgv, HasASettingPerOption) {
  Seal seal;
  seal.major = 15;
  seal.data = "/d/data";
  const auto argv = server_argv("/usr/lib/postgresql/15/bin/postgres", seal);
  EXPECT_EQ(argv[0], "/usr/lib/postgresql/15/bin/postgres");
  EXPECT_EQ(argv[1], "-D");
  EXPECT_EQ(argv[2], "/d/data");
  EXPECT_THAT(argv, testing::Contains("listen_addresses="));
}

TEST(ControlDataText, SaysWhatMatters) {
  const ControlData control = parse_control_data(
      "pg_control version number:            1300\n"
      "max_prepared_xacts setting:           12\n"
      "max_locks_per_xact setting:           256\n"
      "Data page checksum version:           1\n");
  EXPECT_TRUE(control.checksums);
  EXPECT_EQ(control.max_prepared_transactions, 12);
  EXPECT_EQ(control.max_locks_per_transaction, 256);
  EXPECT_FALSE(parse_control_data("Data page checksum version:           0\n").checksums);
}

TEST(LibraryList, IsSplitAsPostgresDoes) {
  EXPECT_THAT(parse_library_list(""), ElementsAre());
  EXPECT_THAT(parse_library_list("pg_cron"), ElementsAre("pg_cron"));
  EXPECT_THAT(parse_library_list(" a , \"b,c\",$libdir/d"), ElementsAre("a", "b,c", "$libdir/d"));
  EXPECT_THAT(parse_library_list(",,"), ElementsAre());
}

}  // namespace
}  // namespace barman::drill
