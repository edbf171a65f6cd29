#include "barman/config/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "barman/config/ini_document.h"
#include "barman/config/options.h"
#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A configuration of one main file and any number of included ones, below a directory of its own. "@" stands for that
// directory, in what is written and in what is expected.
class ConfigurationTest : public testing::Test {
 protected:
  void SetUp() override { fs::make_directories(at("@/d")); }

  std::string at(std::string_view text) const { return replace_all(text, "@", directory_.path()); }

  void write(const std::string& name, std::string_view text) const {
    fs::make_directories(fs::parent_directory(at("@/") + name));
    std::ofstream(at("@/") + name) << at(text);
  }

  // `text` follows the options that every main file here has.
  Configuration load(std::string_view text) const {
    write("main.conf", "[barman]\nbarman_home = @/home\nconfiguration_files_directory = @/d\n" + std::string(text));
    return Configuration::read(at("@/main.conf"));
  }

  ServerConfig server(std::string_view text) const { return load("[s]\n" + std::string(text)).servers().at("s"); }

  // What load() fails with: message, newline, hint.
  std::string failure(std::string_view text) const {
    try {
      load(text);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::config);
      return (error.is_fatal() ? "FATAL: " : "") + std::string(error.what()) + "\n" + error.hint();
    }
    return "no error";
  }

 private:
  fs::TemporaryDirectory directory_{"barman-config-test"};
};

std::vector<std::string> texts_of(const std::vector<Warning>& warnings) {
  std::vector<std::string> texts;
  for (const Warning& warning : warnings) texts.push_back(warning.text);
  return texts;
}

constexpr const char* sound =
    "conninfo = host=pg\nssh_command = ssh pg\narchiver = on\nbackup_options = concurrent_backup\n";

TEST_F(ConfigurationTest, DerivesDefaultsFromHomeAndName) {
  const ServerConfig s = server(sound);
  EXPECT_EQ(s.backup_directory, at("@/home/s"));
  EXPECT_EQ(s.basebackups_directory, at("@/home/s/base"));
  EXPECT_EQ(s.wals_directory, at("@/home/s/wals"));
  EXPECT_EQ(s.incoming_wals_directory, at("@/home/s/incoming"));
  EXPECT_EQ(s.streaming_wals_directory, at("@/home/s/streaming"));
  EXPECT_EQ(s.errors_directory, at("@/home/s/errors"));
  EXPECT_EQ(s.xlogdb_directory, at("@/home/s/wals"));
  EXPECT_EQ(s.meta_directory(), at("@/home/s/meta"));
  EXPECT_EQ(s.cluster, "s");
  EXPECT_EQ(s.streaming_conninfo, "host=pg");
  EXPECT_FALSE(s.disabled());
  EXPECT_FALSE(s.passive());
  EXPECT_THAT(s.warnings, IsEmpty());
}

TEST_F(ConfigurationTest, DerivesFromWhatTheServerSets) {
  const ServerConfig s = server("backup_directory = '/srv/x'\nwals_directory = /w\n" + std::string(sound));
  EXPECT_EQ(s.basebackups_directory, "/srv/x/base");
  EXPECT_EQ(s.xlogdb_directory, "/w");
  EXPECT_EQ(s.meta_directory(), "/srv/x/meta");
}

TEST_F(ConfigurationTest, GlobalValuesAndTheirDefaults) {
  const Configuration plain = load("");
  EXPECT_EQ(plain.global().file, at("@/main.conf"));
  EXPECT_EQ(plain.global().barman_user, "barman");
  EXPECT_EQ(plain.global().barman_lock_directory, at("@/home"));
  EXPECT_EQ(plain.global().config_changes_queue, at("@/home/cfg_changes.queue"));
  EXPECT_TRUE(plain.global().lock_directory_cleanup);
  EXPECT_EQ(plain.global().log_level, "INFO");
  EXPECT_FALSE(plain.global().log_file);

  const Configuration set = load(
      "barman_user = \"pg\"\nbarman_lock_directory = None\nconfig_changes_queue = /q\nlock_directory_cleanup = No\n"
      "log_level = debug\nlog_file = ''\n");
  EXPECT_EQ(set.global().barman_user, "pg");
  EXPECT_EQ(set.global().barman_lock_directory, at("@/home"));
  EXPECT_EQ(set.global().config_changes_queue, "/q");
  EXPECT_FALSE(set.global().lock_directory_cleanup);
  EXPECT_EQ(set.global().log_level, "debug");
  EXPECT_FALSE(set.global().log_file);
  EXPECT_EQ(set.global().options.at("barman_user"), "\"pg\"");
  EXPECT_EQ(set.global().sources.at("barman_user"), at("@/main.conf"));
}

TEST_F(ConfigurationTest, ServerThenGlobalThenDefault) {
  const Configuration c = load(
      "parallel_jobs = 4\ncheck_timeout = 9\ncompression = gzip\nkeepalive_interval = 7\nactive = off\n"
      "[s]\nparallel_jobs = 2\ncheck_timeout = x\n[t]\n");
  EXPECT_EQ(c.servers().at("s").parallel_jobs, 2);
  EXPECT_EQ(c.servers().at("s").check_timeout, 9) << "an invalid value makes room for the global one";
  EXPECT_EQ(c.servers().at("t").parallel_jobs, 4);
  EXPECT_EQ(c.servers().at("t").compression, "gzip");
  EXPECT_EQ(c.servers().at("t").keepalive_interval, 60) << "not inherited";
  EXPECT_TRUE(c.servers().at("t").active) << "not inherited";
  EXPECT_EQ(c.servers().at("s").source("parallel_jobs"), at("@/main.conf"));
  EXPECT_EQ(c.servers().at("s").source("worm_mode"), "default");
}

struct EmptyCase {
  const char* label;
  std::string_view option;
  std::string_view global;
  bool blocks;  // an empty value of the server hides the global one
};
class EmptyValue : public ConfigurationTest, public testing::WithParamInterface<EmptyCase> {};

TEST_P(EmptyValue, BlocksOrMakesRoom) {
  const auto& [label, option, global, blocks] = GetParam();
  const std::string name(option);
  const Configuration c = load(name + " = " + std::string(global) + "\n[s]\n" + name + " =\n[t]\n");
  const auto own = describe(c.servers().at("s")).at(name).value;
  const auto inherited = describe(c.servers().at("t")).at(name).value;
  EXPECT_FALSE(std::holds_alternative<std::nullptr_t>(inherited));
  EXPECT_EQ(std::holds_alternative<std::nullptr_t>(own), blocks);
  if (!blocks) {
    EXPECT_EQ(own.index(), inherited.index());
  }
}

INSTANTIATE_TEST_SUITE_P(Options, EmptyValue,
                         testing::Values(EmptyCase{"text", "path_prefix", "/x", true},
                                         EmptyCase{"text_with_default", "streaming_backup_name", "x", true},
                                         EmptyCase{"hook", "pre_backup_script", "true", true},
                                         EmptyCase{"compression", "compression", "gzip", true},
                                         EmptyCase{"level", "compression_level", "high", true},
                                         EmptyCase{"retention", "retention_policy", "REDUNDANCY 2", true},
                                         EmptyCase{"interval", "last_wal_maximum_age", "1 day", false},
                                         EmptyCase{"size", "last_backup_minimum_size", "1Gi", false},
                                         EmptyCase{"integer", "max_incoming_wals_queue", "3", false},
                                         EmptyCase{"word", "reuse_backup", "link", false},
                                         EmptyCase{"slot", "slot_name", "a", false},
                                         EmptyCase{"unsupported_text", "aws_profile", "x", true}),
                         [](const auto& row) { return std::string(row.param.label); });

TEST_F(ConfigurationTest, AWrongEncryptionDisablesTheServerWhereverItIsWritten) {
  for (const char* text : {"[s]\nencryption = pgp\n", "encryption = pgp\n[s]\n",
                           "[s]\ncluster = c\nencryption = gpg\n[m]\nmodel = true\ncluster = c\nencryption = pgp\n"}) {
    const bool by_model = std::string_view(text).find("[m]") != std::string_view::npos;
    write("home/s/.active-model.auto", by_model ? "m" : "");
    const Configuration configuration = load(text);
    const ServerConfig& server = configuration.servers().at("s");
    EXPECT_TRUE(server.encryption) << "never taken for none";
    EXPECT_THAT(server.fault_texts(),
                testing::Contains("Invalid encryption value 'pgp' for server 's'. Allowed values are: none, gpg."))
        << text;
  }
}

TEST_F(ConfigurationTest, ThePassphraseCommandIsNotShown) {
  const Configuration configuration = load(
      "[s]\ncluster = c\nencryption_passphrase_command = echo x\n[t]\n[m]\nmodel = true\ncluster = c\n"
      "encryption_passphrase_command = echo y\n");
  const ServerConfig& server = configuration.servers().at("s");
  EXPECT_EQ(server.encryption_passphrase_command, "echo x");
  const OptionValue::Variant hidden = std::string("*REDACTED*");
  EXPECT_EQ(describe(server).at("encryption_passphrase_command").value, hidden);
  EXPECT_EQ(describe(configuration.models().at("m"), configuration.global()).at("encryption_passphrase_command").value,
            hidden);
  EXPECT_EQ(describe(configuration.servers().at("t")).at("encryption_passphrase_command").value,
            OptionValue::Variant(nullptr));
}

TEST_F(ConfigurationTest, EncryptionNoneGivesWayToTheGlobalValue) {
  EXPECT_EQ(load("encryption = gpg\n[s]\nencryption = none\n").servers().at("s").encryption, "gpg");
}

TEST_F(ConfigurationTest, WarnsInTheOrderOfTheReference) {
  write("d/b.conf", "[b]\nparallel_jobs = z\nbogus = 1\n");
  const Configuration c = load(
      "parallel_jobs = q\nlog_format = x\ntypo = 1\n"
      "[m]\nmodel = on\ncluster = b\nbackup_directory = /x\nparallel_jobs = w\n"
      "[a]\nmodel = off\nslot_name = A-B\nparallel_jobs = y\ncompression_level = +1\n");
  const std::string level_reason = "Invalid value: '+1' (must be one in [low, medium, high] or an acceptable integer)";
  const std::string slot_reason =
      "Replication slot names may only contain lower case letters, numbers, and the underscore character.";
  const auto ignoring = [](const std::string& value, const std::string& key, const std::string& section,
                           const std::string& reason) {
    return "Ignoring invalid configuration value '" + value + "' for key " + key + " in [" + section +
           "] section: " + reason;
  };
  const auto integer = [&](const std::string& value, const std::string& section) {
    return ignoring(value, "parallel_jobs", section, "invalid literal for int() with base 10: '" + value + "'");
  };
  EXPECT_THAT(
      texts_of(c.warnings()),
      ElementsAre("Invalid configuration option \"log_format\" in [barman] section.",
                  "Invalid configuration option \"typo\" in [barman] section.",
                  "Invalid configuration option \"backup_directory\" in [m] section.", integer("w", "m"),
                  "Invalid configuration option \"model\" in [a] section.",
                  ignoring("+1", "compression_level", "a", level_reason), integer("y", "a"), integer("q", "barman"),
                  ignoring("A-B", "slot_name", "a", slot_reason),
                  "Invalid configuration option \"bogus\" in [b] section.", integer("z", "b"), integer("q", "barman")));
  EXPECT_EQ(c.warnings()[0].place, at("@/main.conf:5"));
  EXPECT_EQ(c.warnings()[3].place, at("@/main.conf:11"));
  EXPECT_EQ(c.warnings()[9].place, at("@/d/b.conf:3"));
  EXPECT_THAT(c.server_order(), ElementsAre("a", "b"));
}

TEST_F(ConfigurationTest, IncludesConfFilesInByteOrderAndTheAutomaticFileLast) {
  write("d/b.conf", "[s]\ndescription = b\nparallel_jobs = 1\n");
  write("d/B.conf", "[s]\ndescription = B\nparallel_jobs = 2\n[B]\n");
  write("d/.hidden.conf", "[hidden]\n");
  write("d/other.conf.bak", "[other]\n");
  fs::make_directories(at("@/d/directory.conf"));
  fs::make_symlink(at("@/nowhere"), at("@/d/dangling.conf"));
  write("home/.barman.auto.conf", "[s]\nparallel_jobs = 3\n");
  const Configuration c = load("[s]\ndescription = main\nconninfo = x=y\n");
  EXPECT_EQ(c.servers().at("s").description, "b");
  EXPECT_EQ(c.servers().at("s").parallel_jobs, 3);
  EXPECT_EQ(c.servers().at("s").source("parallel_jobs"), at("@/home/.barman.auto.conf"));
  EXPECT_EQ(c.servers().at("s").source("conninfo"), at("@/main.conf"));
  EXPECT_THAT(c.server_order(), ElementsAre("s", "B"));
  EXPECT_NE(c.find_server("B"), nullptr);
  EXPECT_EQ(c.find_server("hidden"), nullptr);
}

TEST_F(ConfigurationTest, GoesOnWithoutTheDirectory) {
  write("main.conf", "[barman]\nbarman_home = @/home\nconfiguration_files_directory = @/nowhere\n[s]\n");
  EXPECT_EQ(Configuration::read(at("@/main.conf")).servers().size(), 1);
}

TEST_F(ConfigurationTest, IncludedFilesMayOnlyRepeatTheGlobalSection) {
  write("d/x.conf", "[barman]\nbarman_home = @/home\n[s]\n");
  EXPECT_EQ(load("").servers().size(), 1);
  write("d/x.conf", "[barman]\nbarman_home = @/elsewhere\n");
  EXPECT_THAT(failure(""), HasSubstr("FATAL: the configuration file x.conf contains a not empty [barman] section\n"));
}

struct FatalCase {
  const char* label;
  std::string_view text;
  std::string_view want;  // of message and hint, "@" for the directory
};
class FatalConfiguration : public ConfigurationTest, public testing::WithParamInterface<FatalCase> {};

TEST_P(FatalConfiguration, SaysWhatAndWhere) { EXPECT_EQ(failure(GetParam().text), at(GetParam().want)); }

INSTANTIATE_TEST_SUITE_P(
    Files, FatalConfiguration,
    testing::Values(
        FatalCase{"reserved", "[all]\n",
                  "FATAL: the reserved word 'all' is not allowed as server name.Please rename it.\n"
                  "rename the section: @/main.conf:4"},
        FatalCase{"section_here", "[.]\n",
                  "FATAL: the section name '.' means a directory, and is not allowed as server name.\n"
                  "rename the section: @/main.conf:4"},
        FatalCase{"section_above", "[fine]\n\n[..]\n",
                  "FATAL: the section name '..' means a directory, and is not allowed as server name.\n"
                  "rename the section: @/main.conf:6"},
        FatalCase{"section_elsewhere", "[../other]\n",
                  "FATAL: the section name '../other' contains a '/', and is not allowed as server name.\n"
                  "rename the section: @/main.conf:4"},
        FatalCase{"section_blank", "[ ]\n",
                  "FATAL: the section name ' ' is empty, and is not allowed as server name.\n"
                  "rename the section: @/main.conf:4"},
        FatalCase{"section_with_nul", std::string_view("[a\0b]\n", 6),
                  "FATAL: the section name 'a\\x00b' contains a control character, and is not allowed as server "
                  "name.\nrename the section: @/main.conf:4"},
        FatalCase{"model_elsewhere", "[a/b]\nmodel = true\ncluster = c\n",
                  "FATAL: the section name 'a/b' contains a '/', and is not allowed as server name.\n"
                  "rename the section: @/main.conf:4"},
        FatalCase{"model_without_cluster", "[m]\nmodel = true\n",
                  "Parameter \"cluster\" is required in [m] section.\n"
                  "Your configuration is missing required parameters. Exiting.\n"
                  "name the servers that the model is for: @/main.conf:4"},
        FatalCase{"model_unclear", "[m]\n\nmodel = maybe\n",
                  "Invalid boolean representation (must be one in: true|t|yes|1|on | false|f|no|0|off)\n"
                  "correct model in [m]: @/main.conf:6"},
        FatalCase{"cleanup_unclear", "lock_directory_cleanup = maybe\n",
                  "Invalid boolean representation (must be one in: true|t|yes|1|on | false|f|no|0|off)\n"
                  "correct lock_directory_cleanup: @/main.conf:4"},
        FatalCase{"no_home", "barman_home =\n",
                  "Parameter \"barman_home\" is required in [barman] section.\n"
                  "Your configuration is missing required parameters. Exiting.\n"
                  "set barman_home: @/main.conf:1"},
        FatalCase{"percent", "[s]\nconninfo = password=100%\n",
                  "'%' must be followed by '%' or '(', found: '%'\n"
                  "a literal percent sign is written %%%%: @/main.conf:5"},
        FatalCase{
            "second_pass", "[s]\ndescription = %%(x)s\n",
            "Bad value substitution: option 'description' in section 's' contains an interpolation key 'x' which is "
            "not a valid option name. Raw value: '%(x)s'\n"
            "only options of the same section and file can be referred to: @/main.conf:5"},
        FatalCase{"grammar", "[s]\nfoo\n",
                  "Source contains parsing errors: '@/main.conf'\n\t[line  5]: 'foo\\n'\n"
                  "every line of a section must be 'option = value': @/main.conf:5"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST_F(ConfigurationTest, NeedsTheGlobalSection) {
  write("main.conf", "[s]\n");
  try {
    MainFile::read(at("@/main.conf"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "No section: 'barman'");
    EXPECT_THAT(error.hint(), HasSubstr(at("@/main.conf")));
  }
}

TEST_F(ConfigurationTest, FindsTheMainFile) {
  write("explicit.conf", "");
  write(".barman.conf", "");
  ::setenv("BARMAN_CONFIG_FILE", at("@/missing.conf").c_str(), 1);
  EXPECT_EQ(find_configuration_file(at("@/explicit.conf")), at("@/explicit.conf"));
  try {
    find_configuration_file("");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), at("Configuration file '@/missing.conf' does not exist"));
  }
  EXPECT_THROW(find_configuration_file("~/.barman.conf"), Error) << "existence is tested without expansion";
  ::unsetenv("BARMAN_CONFIG_FILE");
  const std::string home = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
  ::setenv("HOME", at("@").c_str(), 1);
  EXPECT_EQ(find_configuration_file(""), at("@/.barman.conf"));
  ::setenv("HOME", home.c_str(), 1);
}

struct RuleCase {
  const char* label;
  std::string_view options;
  std::vector<std::string> errors;
  std::vector<std::string> warnings = {};
};
class ServerRules : public ConfigurationTest, public testing::WithParamInterface<RuleCase> {};

TEST_P(ServerRules, DisableAndWarn) {
  const ServerConfig s = server(GetParam().options);
  EXPECT_EQ(s.fault_texts(), GetParam().errors);
  EXPECT_EQ(s.warnings, GetParam().warnings);
}

const std::string no_conninfo = "PostgreSQL connection: Missing 'conninfo' parameter for server 's'";
const std::string no_ssh = "Missing or invalid ssh_command in barman configuration for server s";
const std::string no_slot =
    "Streaming-only archiver requires 'streaming_conninfo' and 'slot_name' options to be properly configured";
const std::string no_streaming = "Streaming connection: Missing 'streaming_conninfo' parameter for server 's'";
const std::string not_with_rsync = "backup_compression option is not supported by rsync backup_method";
const std::string no_strategy = "No backup strategy set for server 's' (using default 'concurrent_backup').";
const std::string no_archiver =
    "No archiver enabled for server 's'. Please turn on 'archiver', 'streaming_archiver' or both";
const std::string forcing = "Forcing 'archiver = on'";

INSTANTIATE_TEST_SUITE_P(
    Servers, ServerRules,
    testing::Values(
        RuleCase{"nothing_set", "", {no_conninfo, no_ssh}, {no_archiver, forcing}},
        RuleCase{"inactive", "active = off\nconninfo = a b\n", {}},
        RuleCase{"passive", "primary_ssh_command = ssh x\n", {}},
        RuleCase{"passive_blank",
                 "primary_ssh_command = ' '\n",
                 {"Invalid primary_ssh_command in barman configuration for server s"}},
        RuleCase{
            "conninfo_not_pairs",
            "conninfo = a b\narchiver = on\n",
            {"PostgreSQL connection: Cannot connect to postgres: \"a b\" is not a valid connection string", no_ssh}},
        RuleCase{"conninfo_uri",
                 "conninfo = postgresql://u@h/db\nssh_command = x\narchiver = on\nbackup_options = concurrent_backup\n",
                 {}},
        RuleCase{"primary_conninfo",
                 "conninfo = a=b\nprimary_conninfo = c\nbackup_method = postgres\narchiver = on\n",
                 {"PostgreSQL connection: Cannot connect to postgres: \"c\" is not a valid connection string"}},
        RuleCase{"postgres_without_conninfo", "backup_method = postgres\narchiver = on\n", {no_conninfo, no_streaming}},
        RuleCase{"postgres_streaming_not_pairs",
                 "backup_method = postgres\narchiver = on\nconninfo = a=b\nstreaming_conninfo = c\n",
                 {"Streaming connection: Cannot connect to postgres: \"c\" is not a valid connection string"}},
        RuleCase{"streaming_conninfo_emptied",
                 "backup_method = postgres\nconninfo = a=b\nstreaming_archiver = on\nstreaming_conninfo =\n",
                 {no_streaming, no_slot}},
        RuleCase{"streaming_only_without_slot", "conninfo = a=b\nstreaming_archiver = on\n", {no_ssh, no_slot}},
        RuleCase{"both_archivers_without_slot",
                 "backup_method = postgres\nconninfo = a=b\nstreaming_archiver = on\narchiver = on\n",
                 {}},
        RuleCase{"local_with_ssh",
                 "backup_method = local-rsync\nconninfo = a=b\narchiver = on\nssh_command = x\n",
                 {"Local copy requires ssh_command in barman configuration to be empty for server s"}},
        RuleCase{"local", "backup_method = local-rsync\nconninfo = a=b\n", {}, {no_strategy, no_archiver, forcing}},
        RuleCase{"rsync_compression",
                 "conninfo = a=b\narchiver = on\nssh_command = x\nbackup_compression = none\n",
                 {not_with_rsync},
                 {no_strategy}},
        RuleCase{"local_compression",
                 "backup_method = local-rsync\nconninfo = a=b\narchiver = on\nbackup_compression = gzip\n",
                 {not_with_rsync},
                 {no_strategy}},
        RuleCase{"postgres_refuses",
                 "backup_method = postgres\nconninfo = a=b\narchiver = on\nreuse_backup = link\nnetwork_compression = "
                 "on\ntablespace_bandwidth_limit = zz\n",
                 {"tablespace_bandwidth_limit option is not supported by postgres backup_method",
                  "reuse_backup option is not supported by postgres backup_method",
                  "network_compression option is not supported by postgres backup_method"}},
        RuleCase{"postgres_reuse_off",
                 "backup_method = postgres\nconninfo = a=b\narchiver = on\nreuse_backup = off\nbandwidth_limit = 1\n",
                 {}},
        RuleCase{"postgres_exclusive",
                 "backup_method = postgres\nconninfo = a=b\narchiver = on\nbackup_options = exclusive_backup\n",
                 {},
                 {"'exclusive_backup' is not a valid backup_option using postgres backup_method. Overriding with "
                  "'concurrent_backup'."}},
        RuleCase{"snapshot",
                 "backup_method = snapshot\nconninfo = a=b\narchiver = on\nssh_command = x\nbackup_options = "
                 "concurrent_backup\nbackup_compression = gzip\nbandwidth_limit = 1\nreuse_backup = link\n",
                 {"backup_compression option is not supported by snapshot backup_method",
                  "bandwidth_limit option is not supported by snapshot backup_method",
                  "reuse_backup option is not supported by snapshot backup_method",
                  "snapshot_disks option is required by snapshot backup_method",
                  "snapshot_instance option is required by snapshot backup_method",
                  "snapshot_provider option is required by snapshot backup_method",
                  "backup_method 'snapshot' is not supported by this version (use rsync, local-rsync, postgres or "
                  "local-to-cloud), server s"}},
        RuleCase{"backups_in_a_bucket",
                 "conninfo = a=b\narchiver = on\nbackup_method = local-to-cloud\nbasebackups_directory = s3://b/w\n",
                 {}},
        RuleCase{"copies_of_backups_in_a_bucket",
                 "archiver = on\nprimary_ssh_command = ssh p\nbasebackups_directory = s3://b/w\n",
                 {"basebackups_directory=s3://b/w: a passive node copies backups to its own disk, and not to cloud "
                  "storage, server s"}},
        RuleCase{"wal_in_a_bucket",
                 std::string_view("conninfo = a=b\narchiver = on\nssh_command = x\nbackup_options = "
                                  "concurrent_backup\nwals_directory = s3://b/w\n"),
                 {}},
        RuleCase{"copies_of_wal_in_a_bucket",
                 "archiver = on\nprimary_ssh_command = ssh p\nwals_directory = s3://b/w\n",
                 {"wals_directory=s3://b/w: a passive node cannot keep its WAL in cloud storage, server s"}}),
    [](const auto& row) { return std::string(row.param.label); });

TEST_F(ConfigurationTest, ForcesSettings) {
  EXPECT_TRUE(server("").archiver);
  EXPECT_FALSE(server("active = off\n").archiver);
  EXPECT_FALSE(server("streaming_archiver = on\n").archiver);
  EXPECT_THAT(server("conninfo = a=b\nbackup_method = postgres\nbackup_options = exclusive_backup\n").backup_options,
              ElementsAre("concurrent_backup"));
  EXPECT_THAT(server("conninfo = a=b\nssh_command = x\nbackup_options = exclusive_backup\n").backup_options,
              ElementsAre("exclusive_backup"));
}

struct LateCase {
  const char* label;
  std::string_view options;
  std::vector<std::string> log;
  std::string_view option;
  OptionValue::Variant want;
};
class LateValues : public ConfigurationTest, public testing::WithParamInterface<LateCase> {};

TEST_P(LateValues, FallBackAndLog) {
  const ServerConfig s = server(std::string(sound) + std::string(GetParam().options));
  std::vector<std::string> log;
  for (const auto& line : s.log_lines) log.push_back((line.error ? "ERROR " : "") + line.text);
  EXPECT_EQ(log, GetParam().log);
  EXPECT_TRUE(describe(s).at(std::string(GetParam().option)).value == GetParam().want);
}

using Limits = std::map<std::string, std::int64_t>;
INSTANTIATE_TEST_SUITE_P(
    Options, LateValues,
    testing::Values(
        LateCase{"bandwidth", "bandwidth_limit = 1_0\n", {}, "bandwidth_limit", 10LL},
        LateCase{"bandwidth_zero", "bandwidth_limit = 0\n", {}, "bandwidth_limit", 0LL},
        LateCase{"bandwidth_bad",
                 "bandwidth_limit = x\n",
                 {"Invalid bandwidth_limit \"x\" for server \"s\" (fallback to \"0\")"},
                 "bandwidth_limit",
                 nullptr},
        LateCase{"tablespaces",
                 "tablespace_bandwidth_limit = a:b c:3 d e:f:4 :5 a:4 g:7\nbandwidth_limit = 7\n",
                 {"Invalid tablespace_bandwidth_limit rule 'a:b'", "Invalid tablespace_bandwidth_limit rule 'd'",
                  "Invalid tablespace_bandwidth_limit rule 'e:f:4'"},
                 "tablespace_bandwidth_limit",
                 Limits{{"", 5}, {"a", 4}, {"c", 3}}},
        LateCase{"tablespaces_all_dropped",
                 "tablespace_bandwidth_limit = a:4\nbandwidth_limit = 4\n",
                 {},
                 "tablespace_bandwidth_limit",
                 nullptr},
        LateCase{"redundancy", "minimum_redundancy = 3\n", {}, "minimum_redundancy", 3LL},
        LateCase{"redundancy_emptied", "minimum_redundancy =\n", {}, "minimum_redundancy", 0LL},
        LateCase{"redundancy_bad",
                 "minimum_redundancy = x y\n",
                 {"Invalid minimum_redundancy \"x y\" for server \"s\" (fallback to \"0\")"},
                 "minimum_redundancy",
                 0LL},
        LateCase{"redundancy_negative",
                 "minimum_redundancy = -1\n",
                 {"Negative value of minimum_redundancy \"-1\" for server \"s\" (fallback to \"0\")"},
                 "minimum_redundancy",
                 0LL},
        LateCase{"mode_bad",
                 "retention_policy_mode = AUTO\n",
                 {"Unsupported retention_policy_mode \"AUTO\" for server \"s\" (fallback to \"auto\")"},
                 "retention_policy_mode",
                 std::string("auto")},
        LateCase{"mode_emptied",
                 "retention_policy_mode =\n",
                 {"Unsupported retention_policy_mode \"None\" for server \"s\" (fallback to \"auto\")"},
                 "retention_policy_mode",
                 std::string("auto")},
        LateCase{"policy_bad",
                 "retention_policy = redundancy -1\n",
                 {"ERROR Invalid retention_policy setting \"redundancy -1\" for server \"s\""},
                 "retention_policy",
                 std::string("redundancy -1")},
        LateCase{"wal_without_policy", "wal_retention_policy = x\n", {}, "wal_retention_policy", std::string("x")},
        LateCase{"wal_emptied", "wal_retention_policy =\n", {}, "wal_retention_policy", nullptr},
        LateCase{
            "wal_with_policy", "retention_policy = redundancy 2\n", {}, "wal_retention_policy", std::string("MAIN")},
        LateCase{"wal_bad_with_policy",
                 "retention_policy = redundancy 2\nwal_retention_policy = MAIN\n",
                 {"Unsupported wal_retention_policy value \"MAIN\" for server \"s\" (fallback to \"main\")"},
                 "wal_retention_policy",
                 std::string("MAIN")}),
    [](const auto& row) { return std::string(row.param.label); });

TEST_F(ConfigurationTest, FindsConflictsWithinAServer) {
  const ServerConfig s = server(
      std::string(sound) + "wals_directory = /tmp/x\nincoming_wals_directory = /tmp/x\nerrors_directory = /tmp/x\n");
  EXPECT_THAT(
      s.fault_texts(),
      ElementsAre("Conflicting path: incoming_wals_directory=/tmp/x conflicts with 'errors_directory' for server 's'",
                  "Conflicting path: wals_directory=/tmp/x conflicts with 'errors_directory' for server 's'"));
}

TEST_F(ConfigurationTest, FollowsLinksWhenLookingForConflicts) {
  fs::make_directories(at("@/real/sub"));
  fs::make_symlink(at("@/real"), at("@/link"));
  fs::make_symlink("real/sub", at("@/leaf"));
  const ServerConfig s =
      server(at(std::string(sound) + "wals_directory = @/link/sub\nincoming_wals_directory = @/real/sub\n"
                                     "errors_directory = @/leaf/\nstreaming_wals_directory = @/link/new\n"
                                     "basebackups_directory = @/real/x/../new\n"));
  EXPECT_THAT(
      s.fault_texts(),
      ElementsAre(
          at("Conflicting path: incoming_wals_directory=@/real/sub conflicts with 'errors_directory' for server 's'"),
          at("Conflicting path: streaming_wals_directory=@/link/new (symlink to: @/real/new) conflicts with "
             "'basebackups_directory' for server 's'"),
          at("Conflicting path: wals_directory=@/link/sub (symlink to: @/real/sub) conflicts with 'errors_directory' "
             "for "
             "server 's'")));
}

TEST_F(ConfigurationTest, FindsConflictsBetweenServers) {
  const Configuration c = load("[b]\nwals_directory = /x\n[a]\nerrors_directory = /x\n[m]\nmodel = on\ncluster = b\n");
  EXPECT_THAT(
      c.conflicts(),
      ElementsAre(
          "Conflicting path: wals_directory=/x for server 'b' conflicts with 'errors_directory' for server 'a'"));
  EXPECT_THAT(c.servers().at("b").fault_texts(), Not(testing::Contains(HasSubstr("Conflicting"))));
}

class ModelTest : public ConfigurationTest {
 protected:
  Configuration with_active(const std::string& active, const std::string& text) const {
    write("home/s/.active-model.auto", active);
    return load("[s]\n" + std::string(sound) + text);
  }
};

TEST_F(ModelTest, ActiveModelOverrides) {
  write("d/m.conf",
        "[m]\nmodel = yes\ncluster = s\nconninfo = 'host=two'\narchiver = off\nslot_name = B\nbandwidth_limit = 9\n"
        "description = None\nparallel_jobs = x\nretention_policy = redundancy 2\nstreaming_archiver = on\n");
  const Configuration c = with_active("  m \n", "description = keep\nparallel_jobs = 3\n");
  const ServerConfig& s = c.servers().at("s");
  EXPECT_EQ(s.active_model, "m");
  EXPECT_EQ(s.conninfo, "host=two");
  EXPECT_EQ(s.streaming_conninfo, "host=pg") << "derived before the model";
  EXPECT_FALSE(s.archiver);
  EXPECT_EQ(s.slot_name, "b");
  EXPECT_EQ(s.bandwidth_limit, 9);
  EXPECT_EQ(s.description, "keep");
  EXPECT_EQ(s.parallel_jobs, 3);
  EXPECT_EQ(s.retention_policy->canonical(), "REDUNDANCY 2");
  EXPECT_EQ(s.source("conninfo"), at("@/d/m.conf"));
  EXPECT_EQ(s.source("description"), at("@/main.conf"));
  EXPECT_FALSE(s.disabled());
  EXPECT_EQ(c.servers().size(), 1);
  EXPECT_EQ(c.models().at("m").cluster, "s");
  EXPECT_EQ(c.models().at("m").options.at("conninfo"), "'host=two'");
}

TEST_F(ModelTest, DescribesAllOptionsOfAModel) {
  const Configuration c = load(
      "parallel_jobs = 4\n[m]\nmodel = on\ncluster = s\nlast_wal_maximum_age = 1 day\nretention_policy = redundancy "
      "2\n");
  const auto shown = describe(c.models().at("m"), c.global());
  EXPECT_EQ(std::get<bool>(shown.at("model").value), true);
  EXPECT_EQ(std::get<std::string>(shown.at("retention_policy").value), "redundancy 2");
  EXPECT_EQ(std::get<Micros>(shown.at("last_wal_maximum_age").value), std::chrono::hours(24));
  EXPECT_TRUE(std::holds_alternative<std::nullptr_t>(shown.at("parallel_jobs").value));
  EXPECT_EQ(shown.at("parallel_jobs").source, at("@/main.conf"));
  EXPECT_EQ(shown.at("worm_mode").source, "default");
  EXPECT_FALSE(shown.contains("backup_directory"));
}

TEST_F(ModelTest, DescribesNoOptionThatBarmanDoesNotKnow) {
  const Configuration c = load("[m]\nmodel = on\ncluster = s\ndrill_window = 22-6\n");
  const auto shown = describe(c.models().at("m"), c.global());
  for (const OptionInfo& option : server_options())
    EXPECT_FALSE(option.ours && shown.contains(std::string(option.name))) << option.name;
}

TEST_F(ModelTest, MissingModelDisables) {
  const Configuration c = with_active("gone", "wals_directory = @/home/s/base\nssh_command =\n");
  EXPECT_THAT(
      c.servers().at("s").fault_texts(),
      ElementsAre(HasSubstr("Conflicting path"),
                  "Model 'gone' is set as the active model for the server 's' but the model does not exist.", no_ssh));
  EXPECT_EQ(c.servers().at("s").active_model, std::nullopt);
}

TEST_F(ModelTest, ModelOfAnotherClusterIsAnErrorAndNotApplied) {
  const Configuration c = with_active("m", "[m]\nmodel = on\ncluster = other\nparallel_jobs = 5\n");
  EXPECT_THAT(c.errors(),
              ElementsAre("Model 'm' has 'cluster=other', which is not compatible with 'cluster=s' from server 's'"));
  EXPECT_EQ(c.servers().at("s").parallel_jobs, 1);
  EXPECT_FALSE(c.servers().at("s").disabled());
}

TEST_F(ModelTest, ModelMayDisable) {
  const Configuration c = with_active("m", "[m]\nmodel = on\ncluster = s\ndisabled = on\n");
  EXPECT_THAT(c.servers().at("s").fault_texts(), ElementsAre("Model 'm' disables the server 's'."));
  EXPECT_FALSE(load("[t]\ndisabled = on\n" + std::string(sound)).servers().at("t").disabled());
}

TEST_F(ModelTest, EmptyFileIsNoModel) { EXPECT_FALSE(with_active(" \n", "").servers().at("s").disabled()); }

TEST_F(ConfigurationTest, ManyServers) {
  for (int i = 0; i < 200; ++i)
    write("d/" + std::to_string(i) + ".conf", "[s" + std::to_string(i) + "]\n" + std::string(sound));
  const Configuration c = load("");
  EXPECT_EQ(c.servers().size(), 200);
  EXPECT_THAT(c.warnings(), IsEmpty());
  EXPECT_THAT(c.conflicts(), IsEmpty());
}

}  // namespace
}  // namespace barman::config
