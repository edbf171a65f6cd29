#include "recovery_configuration.h"

#include <gtest/gtest.h>

namespace barman::restore {

namespace {

using Lines = std::vector<std::string>;

RecoverySettingsInput base() {
  RecoverySettingsInput in;
  in.server_version = 150020;
  in.server_name = "main";
  in.barman_user = "barman";
  in.local_user = "barman";
  in.barman_host = "backup.example.org";
  in.wal_directory = "/dest/barman_wal";
  return in;
}

TEST(RecoverySettings, CopiedWal) {
  EXPECT_EQ(recovery_settings(base()), (Lines{"restore_command = 'cp /dest/barman_wal/%f %p'",
                                              "recovery_end_command = 'rm -fr /dest/barman_wal'"}));
}

TEST(RecoverySettings, QuotesADirectoryThatAShellWouldSplit) {
  RecoverySettingsInput in = base();
  in.wal_directory = "/my dest/barman_wal";
  EXPECT_EQ(recovery_settings(in), (Lines{"restore_command = 'cp ''/my dest/barman_wal''/%f %p'",
                                          "recovery_end_command = 'rm -fr ''/my dest/barman_wal'''"}));
}

// What PostgreSQL makes of a line of its configuration: the value of a quoted string.
std::string as_postgresql_reads(const std::string& line) {
  std::string value;
  const std::size_t from = line.find(" = '") + 4;
  for (std::size_t i = from; i + 1 < line.size(); ++i) {
    if (line[i] == '\\' || line[i] == '\'') ++i;
    value += line[i];
  }
  return value;
}

TEST(RecoverySettings, QuotesNamesForTheShell) {
  RecoverySettingsInput in = base();
  in.server_name = R"(it's 100% $(id) \)";
  in.get_wal = true;
  EXPECT_EQ(as_postgresql_reads(recovery_settings(in).back()), R"(barman get-wal -P 'it'\''s 100%% $(id) \' %f > %p)");
  in.remote = true;
  EXPECT_EQ(as_postgresql_reads(recovery_settings(in).back()),
            R"(barman-wal-restore -P -U barman backup.example.org 'it'\''s 100%% $(id) \' %f %p)");
}

TEST(RecoverySettings, WalInAStoreIsFetchedFromThere) {
  RecoverySettingsInput in = base();
  in.server_name = "it's";
  in.get_wal = in.wal_in_store = true;
  EXPECT_EQ(as_postgresql_reads(recovery_settings(in).back()), R"(barman cloud-wal-restore 'it'\''s' %f %p)");
  in.remote = true;
  EXPECT_EQ(as_postgresql_reads(recovery_settings(in).back()), R"(barman cloud-wal-restore 'it'\''s' %f %p)");
  in.restore_command = "mine %f %p";
  EXPECT_EQ(recovery_settings(in).back(), "restore_command = 'mine %f %p'");
}

TEST(RecoverySettings, NamesThatLookLikeOptionsComeAfterTwoDashes) {
  RecoverySettingsInput in = base();
  in.server_name = "-x";
  in.get_wal = true;
  EXPECT_EQ(recovery_settings(in).back(), "restore_command = 'barman get-wal -P -- -x %f > %p'");
  in.remote = true;
  in.jobs = 2;
  EXPECT_EQ(recovery_settings(in).back(),
            "restore_command = 'barman-wal-restore -P -U barman -p 2 -- backup.example.org -x %f %p'");
}

TEST(RecoverySettings, BackslashesStay) {
  RecoverySettingsInput in = base();
  in.get_wal = true;
  in.restore_command = R"(fetch a\b %f)";
  EXPECT_EQ(recovery_settings(in), Lines{R"(restore_command = 'fetch a\\b %f')"});
}

TEST(RecoverySettings, StandbyWithCopiedWalAddsNothing) {
  RecoverySettingsInput in = base();
  in.standby_mode = true;
  EXPECT_EQ(recovery_settings(in), Lines{});
  in.server_version = 110000;
  EXPECT_EQ(recovery_settings(in), Lines{"standby_mode = 'on'"});
}

TEST(RecoverySettings, LocalGetWal) {
  RecoverySettingsInput in = base();
  in.get_wal = true;
  EXPECT_EQ(recovery_settings(in), (Lines{"# The 'barman get-wal' command must run as 'barman' user",
                                          "restore_command = 'barman get-wal -P main %f > %p'"}));
  in.standby_mode = true;
  EXPECT_EQ(recovery_settings(in).back(), "restore_command = 'barman get-wal  main %f > %p'");
}

TEST(RecoverySettings, RemoteGetWal) {
  RecoverySettingsInput in = base();
  in.get_wal = in.remote = true;
  in.jobs = 2;
  in.ssh_port = "2222";
  EXPECT_EQ(
      recovery_settings(in),
      (Lines{"# The 'barman-wal-restore' command is provided in the 'barman-cli' package",
             "restore_command = 'barman-wal-restore -P -U barman --port 2222 backup.example.org main %f %p -p 2'"}));
}

TEST(RecoverySettings, CustomRestoreCommand) {
  RecoverySettingsInput in = base();
  in.get_wal = true;
  in.restore_command = "fetch 'x' %f %p";
  EXPECT_EQ(recovery_settings(in), Lines{"restore_command = 'fetch ''x'' %f %p'"});
}

TEST(RecoverySettings, TargetsInTheirOrder) {
  RecoverySettingsInput in = base();
  in.standby_mode = true;  // no restore_command
  in.target.time = Timestamp{1'795'253'128'000'000, 0};
  in.target.exclusive = true;
  in.target.timeline = "latest";
  in.target.action = TargetAction::promote;
  EXPECT_EQ(recovery_settings(in),
            (Lines{"recovery_target_time = '2026-11-21 09:25:28+00:00'", "recovery_target_inclusive = 'False'",
                   "recovery_target_timeline = latest", "recovery_target_action = 'promote'"}));
}

TEST(RecoverySettings, ExclusiveMeansNothingForNamesAndImmediate) {
  RecoverySettingsInput in = base();
  in.standby_mode = true;
  in.target.name = "it's";
  in.target.exclusive = true;
  EXPECT_EQ(recovery_settings(in), Lines{"recovery_target_name = 'it''s'"});
}

TEST(RecoveryFileOf, FollowsTheVersion) {
  EXPECT_EQ(recovery_file(119999), RecoveryFile::recovery_conf);
  EXPECT_EQ(recovery_file(120000), RecoveryFile::automatic_conf);
}

TEST(MakeSafe, CommentsOutWhatWouldHarm) {
  const auto edited = make_safe("postgresql.conf",
                                "# archive_command = 'comment'\n"
                                "archive_command = 'cp %p /archive/%f'\n"
                                "  recovery_target_time='2026-01-01' # c\n"
                                "port = 5432\n",
                                {});
  EXPECT_EQ(edited.text,
            "# archive_command = 'comment'\n"
            "#BARMAN#archive_command = 'cp %p /archive/%f'\n"
            "archive_command = false\n"
            "#BARMAN#  recovery_target_time='2026-01-01' # c\n"
            "port = 5432\n");
  EXPECT_EQ(edited.changes,
            (std::vector<ReportedSetting>{{"postgresql.conf", 1, "archive_command", "false"},
                                          {"postgresql.conf", 2, "recovery_target_time", std::nullopt}}));
}

TEST(MakeSafe, KnowsKeysInAnyCase) {
  EXPECT_EQ(make_safe("f", "Archive_Command 'x'\n", {}).text, "#BARMAN#Archive_Command 'x'\narchive_command = false\n");
}

TEST(MakeSafe, AppendsSettingsAfterAnEmptyLineUnlessTheyAreTheFirst) {
  EXPECT_EQ(make_safe("f", "port = 1", {"a = 'b'", "c = 'd'"}).text, "port = 1\n\na = 'b'\nc = 'd'\n");
  EXPECT_EQ(make_safe("f", "", {"a = 'b'"}).text, "a = 'b'\n");
  EXPECT_EQ(make_safe("f", "recovery_target = 'x'\n", {"a = 'b'"}).text, "#BARMAN#recovery_target = 'x'\na = 'b'\n");
}

TEST(MakeSafe, LeavesAnUnfinishedLastLineAlone) {
  EXPECT_EQ(make_safe("f", "port = 1", {}).text, "port = 1");
  EXPECT_EQ(make_safe("f", "", {}).text, "");
  EXPECT_EQ(make_safe("f", "a = 1\n\n\n", {}).text, "a = 1\n\n\n");
}

TEST(DangerousSettings, ReportsTheirText) {
  EXPECT_EQ(dangerous_settings("postgresql.conf",
                               "port = 1\n"
                               "hba_file = '/x y'   # comment\n"
                               "  include_dir 'conf.d'\n"
                               "#data_directory = '/x'\n"
                               "ssl_key_file\n"
                               "ident_file==foo\n"),
            (std::vector<ReportedSetting>{{"postgresql.conf", 1, "hba_file", "'/x y'   # comment"},
                                          {"postgresql.conf", 2, "include_dir", "'conf.d'"},
                                          {"postgresql.conf", 4, "ssl_key_file", ""},
                                          {"postgresql.conf", 5, "ident_file", "=foo"}}));
}

TEST(SettingIn, TakesTheLastValueAsPostgresqlReadsIt) {
  const char* text =
      "#port = 1\nport = 5433 # ours\nPORT 5434\n"
      "restore_command = 'cp ''/a b''/%f \\\\ %p' # x\nhot_standby=off\n";
  EXPECT_EQ(setting_in(text, "port"), "5434");
  EXPECT_EQ(setting_in(text, "hot_standby"), "off");
  EXPECT_EQ(setting_in(text, "restore_command"), R"(cp '/a b'/%f \ %p)");
  EXPECT_EQ(setting_in(text, "listen_addresses"), std::nullopt);
}

}  // namespace

}  // namespace barman::restore
