#include "barman/setup/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "fakes/postgres.h"

namespace barman::setup {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct RefusalCase {
  const char* error;
  const char* sqlstate;
  const char* routine;
  Refusal refusal;
  const char* address;
};

class Refusals : public testing::TestWithParam<RefusalCase> {};

TEST_P(Refusals, AreUnderstoodWithoutTheServersWords) {
  EXPECT_EQ(refusal_of({false, GetParam().error, GetParam().sqlstate, GetParam().routine}), GetParam().refusal);
  EXPECT_EQ(refused_address(GetParam().error), GetParam().address);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Refusals,
    testing::Values(
        RefusalCase{
            "FATAL:  no pg_hba.conf entry for replication connection from host \"192.0.2.1\", user \"s\", no encryption",
            "28000", "ClientAuthentication", Refusal::no_hba_entry, "192.0.2.1/32"},
        RefusalCase{
            "connection to server at \"db\" (2001:db8::5), port 5432 failed: FATAL:  no pg_hba.conf entry for host "
            "\"::1\", user",
            "28000", "ClientAuthentication", Refusal::no_hba_entry, "::1/128"},
        RefusalCase{
            "connection to server at \"db\" (192.0.2.9), port 5432 failed: FATAL:  kein pg_hba.conf-Eintrag f\u00fcr "
            "Host \u00bb192.0.2.1\u00ab, Benutzer \u00bbbarman\u00ab, Datenbank",
            "28000", "ClientAuthentication", Refusal::no_hba_entry, "192.0.2.1/32"},
        RefusalCase{"FATAL:  no pg_hba.conf entry for host \"[local]\", user", "28000", "ClientAuthentication",
                    Refusal::no_hba_entry, ""},
        RefusalCase{"fe_sendauth: no password supplied", "", "", Refusal::no_password, ""},
        RefusalCase{"FATAL:  \u81f4\u547d\u7684", "28P01", "auth_failed", Refusal::wrong_password, ""},
        RefusalCase{"FATAL:  la role \u00ab barman \u00bb n'existe pas", "28000", "InitializeSessionUserId",
                    Refusal::no_role, ""},
        RefusalCase{"FATAL:  no pg_hba.conf entry is what this server always says", "3D000", "InitPostgres",
                    Refusal::no_database, ""},
        RefusalCase{"FATAL:  Peer authentication failed for user \"barman\"", "28000", "auth_failed", Refusal::other,
                    ""},
        RefusalCase{"FATAL:  permission denied to start WAL sender", "42501", "InitPostgres", Refusal::no_right, ""},
        RefusalCase{"FATAL:  sorry, too many clients already", "53300", "InitProcess", Refusal::other, ""},
        RefusalCase{"connection to server at \"db\", port 5432 failed: Connection refused", "", "", Refusal::no_answer,
                    ""},
        RefusalCase{"could not translate host name \"db\" to address", "", "", Refusal::no_answer, ""},
        RefusalCase{"something else", "", "", Refusal::other, ""}));

const Attempt no_role{false, "FATAL:  role", "28000", "InitializeSessionUserId"};
const Attempt no_entry{false, "FATAL:  no entry for host \"192.0.2.1\", user", "28000", "ClientAuthentication"};

// What a role needs of which nothing is known, and of a server of which no version is.
const std::string all_rights =
    "\\connect postgres GRANT pg_read_all_settings, pg_read_all_stats TO barman; GRANT EXECUTE ON FUNCTION "
    "pg_switch_wal(), pg_create_restore_point(text) TO barman; SELECT current_setting('server_version_num')::int >= "
    "150000 AS since_15 \\gset \\if :since_15 GRANT EXECUTE ON FUNCTION pg_backup_start(text, boolean), "
    "pg_backup_stop(boolean) TO barman; GRANT pg_checkpoint TO barman; \\else GRANT EXECUTE ON FUNCTION "
    "pg_start_backup(text, boolean, boolean), pg_stop_backup(boolean, boolean) TO barman; \\endif";
const std::string both_roles =
    "CREATE ROLE barman;  -- if there is none ALTER ROLE barman LOGIN; SET password_encryption = 'scram-sha-256'; "
    "\\password barman CREATE ROLE streaming_barman;  "
    "-- if there is none ALTER ROLE streaming_barman LOGIN REPLICATION; \\password streaming_barman ";
const std::string both_passwords =
    " | In ~/.pgpass of the user that barman runs as, mode 0600: db:5432:*:barman:PASSWORD "
    "db:5432:*:streaming_barman:PASSWORD";

Request request() {
  Request request;
  request.server = "main";
  request.conninfo = "host=db user=barman dbname=postgres";
  return request;
}

// A server on which nothing is missing.
Facts facts() {
  Facts facts;
  facts.regular.ok = facts.streaming.ok = true;
  facts.role = "barman";
  facts.streaming_role = "streaming_barman";
  facts.version = 160002;
  facts.version_text = "16.2";
  facts.may_backup = facts.may_monitor = facts.may_checkpoint = true;
  facts.wal_level = "replica";
  facts.archive_mode = "off";
  facts.hba_file = "/pg/pg_hba.conf";
  facts.max_wal_senders = facts.max_replication_slots = 10;
  facts.streaming_role_may_replicate = true;
  return facts;
}

struct Case {
  const char* label;
  std::function<void(Request&, Facts&)> change;
  const char* failed;    // names of findings, joined by ", "
  std::string remedies;  // "where: line; line", joined by " | "
};

class Judgements : public testing::TestWithParam<Case> {};

TEST_P(Judgements, SayWhatIsMissing) {
  Request request = setup::request();
  Facts facts = setup::facts();
  GetParam().change(request, facts);
  const report::Setup setup = judge(request, facts);
  std::vector<std::string> failed, remedies;
  for (const auto& finding : setup.findings)
    if (!finding.ok) failed.push_back(finding.name);
  for (const auto& remedy : setup.remedies) remedies.push_back(remedy.where + " " + join(remedy.lines, " "));
  EXPECT_EQ(join(failed, ", "), GetParam().failed);
  EXPECT_EQ(join(remedies, " | "), GetParam().remedies);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Judgements,
    testing::Values(
        Case{"nothing", [](Request&, Facts&) {}, "", ""},
        Case{
            "rights", [](Request&, Facts& f) { f.may_backup = f.may_monitor = f.may_checkpoint = false; },
            "rights of role barman",
            "As a superuser of PostgreSQL, in psql: \\connect postgres GRANT EXECUTE ON FUNCTION pg_backup_start(text, boolean), "
            "pg_backup_stop(boolean) TO barman; GRANT EXECUTE ON FUNCTION pg_switch_wal(), "
            "pg_create_restore_point(text) TO barman; GRANT pg_read_all_settings, pg_read_all_stats TO barman; "
            "GRANT pg_checkpoint TO barman;"},
        Case{
            "rights_of_14",
            [](Request&, Facts& f) {
              f.version = 140000;
              f.may_backup = f.may_checkpoint = false;
              f.role = "Bar\"man";
            },
            "rights of role Bar\"man",
            "As a superuser of PostgreSQL, in psql: \\connect postgres GRANT EXECUTE ON FUNCTION pg_start_backup(text, boolean, boolean), "
            "pg_stop_backup(boolean, boolean) TO \"Bar\"\"man\"; GRANT EXECUTE ON FUNCTION pg_switch_wal(), "
            "pg_create_restore_point(text) TO \"Bar\"\"man\";"},
        Case{"streaming_role",
             [](Request&, Facts& f) {
               f.streaming = no_role;
               f.streaming_role_may_replicate.reset();
             },
             "replication as role streaming_barman",
             "As a superuser of PostgreSQL, in psql: CREATE ROLE streaming_barman LOGIN REPLICATION; "
             "\\password streaming_barman | In ~/.pgpass of the user that barman runs as, mode 0600: "
             "db:5432:*:streaming_barman:PASSWORD"},
        Case{"streaming_role_without_login", [](Request&, Facts& f) { f.streaming = no_role; },
             "replication as role streaming_barman",
             "As a superuser of PostgreSQL, in psql: ALTER ROLE streaming_barman LOGIN REPLICATION;"},
        Case{
            "streaming_password",
            [](Request&, Facts& f) {
              f.streaming = {false, "fe_sendauth: no password supplied"};
            },
            "replication as role streaming_barman",
            "As a superuser of PostgreSQL, in psql: \\password streaming_barman | In ~/.pgpass of the user that barman "
            "runs as, mode 0600: db:5432:*:streaming_barman:PASSWORD"},
        Case{"replication_entry", [](Request&, Facts& f) { f.streaming = no_entry; },
             "replication as role streaming_barman",
             "In /pg/pg_hba.conf, above all other lines, then SELECT pg_reload_conf(): host  replication  "
             "streaming_barman  192.0.2.1/32  scram-sha-256 | In ~/.pgpass of the user that barman runs as, mode 0600: "
             "db:5432:*:streaming_barman:PASSWORD"},
        Case{"replication_entry_of_13",
             [](Request&, Facts& f) {
               f.version = 130000;
               f.streaming = no_entry;
             },
             "replication as role streaming_barman",
             "In /pg/pg_hba.conf, above all other lines, then SELECT pg_reload_conf(): host  replication  "
             "streaming_barman  192.0.2.1/32  md5 | In ~/.pgpass of the user that barman runs as, mode 0600: "
             "db:5432:*:streaming_barman:PASSWORD"},
        Case{
            "streaming_role_of_13",
            [](Request&, Facts& f) {
              f.version = 130000;
              f.streaming = no_role;
              f.streaming_role_may_replicate.reset();
            },
            "replication as role streaming_barman",
            "As a superuser of PostgreSQL, in psql: CREATE ROLE streaming_barman LOGIN REPLICATION; SET "
            "password_encryption = 'scram-sha-256'; \\password streaming_barman | In ~/.pgpass of the user that barman "
            "runs as, mode 0600: db:5432:*:streaming_barman:PASSWORD"},
        Case{"replication_entry_of_a_socket",
             [](Request& r, Facts& f) {
               r.conninfo = "host=/run/postgresql user=barman dbname=postgres";
               f.streaming = no_entry;
             },
             "replication as role streaming_barman",
             "In /pg/pg_hba.conf, above all other lines, then SELECT pg_reload_conf(): local  replication  "
             "streaming_barman  scram-sha-256 | In ~/.pgpass of the user that barman runs as, mode 0600: "
             "localhost:5432:*:streaming_barman:PASSWORD"},
        Case{"replication_right",
             [](Request&, Facts& f) {
               f.streaming = {false, "FATAL:  permission denied to start WAL sender", "42501", "InitPostgres"};
               f.streaming_role_may_replicate = false;
             },
             "replication as role streaming_barman",
             "As a superuser of PostgreSQL, in psql: ALTER ROLE streaming_barman LOGIN REPLICATION;"},
        Case{"senders_for_us_alone",
             [](Request& r, Facts& f) {
               r.configured = true;
               f.slot = {"barman", true, std::nullopt};
               f.max_wal_senders = 2;
               f.use = {1, 1};
             },
             "", ""},
        Case{"settings",
             [](Request&, Facts& f) {
               f.wal_level = "minimal";
               f.max_wal_senders = 3;
               f.max_replication_slots = 0;
               f.use = {2, 0};
             },
             "wal_level, max_wal_senders, max_replication_slots",
             "As a superuser of PostgreSQL, in psql: ALTER SYSTEM SET wal_level = 'replica'; "
             "ALTER SYSTEM SET max_wal_senders = 10; ALTER SYSTEM SET max_replication_slots = 10; | "
             "Then restart PostgreSQL. "},
        Case{"slot_in_use",
             [](Request&, Facts& f) {
               f.slot = {"barman", true, std::nullopt};
             },
             "replication slot", ""},
        Case{"slot_in_use_by_ourselves",
             [](Request& r, Facts& f) {
               r.configured = true;
               f.slot = {"barman", true, std::nullopt};
             },
             "", ""},
        Case{"slot_there",
             [](Request&, Facts& f) {
               f.slot = {"barman", false, std::nullopt};
               f.max_replication_slots = 1;
               f.use = {0, 1};
             },
             "", ""},
        Case{"password",
             [](Request& r, Facts& f) {
               r.conninfo = "host=db port=5433 user=barman password=secret";
               f.password_typed = true;
             },
             "password", "In ~/.pgpass of the user that barman runs as, mode 0600: db:5433:*:barman:PASSWORD"},
        Case{"ssh",
             [](Request&, Facts& f) {
               f.ssh = Attempt{false, "Permission denied"};
             },
             "ssh", ""},
        Case{"no_entry_at_all",
             [](Request&, Facts& f) {
               f.regular = no_entry;
               f.version = 0;
               f.hba_file.reset();
             },
             "PostgreSQL",
             "In pg_hba.conf, above all other lines, then SELECT pg_reload_conf(): host  postgres  barman  "
             "192.0.2.1/32  scram-sha-256 host  replication  streaming_barman  192.0.2.1/32  scram-sha-256 | Where the "
             "roles are not there yet, as a superuser of PostgreSQL, in psql: " +
                 both_roles + all_rights + both_passwords},
        Case{"no_role_at_all", [](Request&, Facts& f) { f.regular = no_role, f.version = 0; }, "PostgreSQL",
             "As a superuser of PostgreSQL, in psql: " + both_roles + all_rights + both_passwords},
        Case{
            "one_role_for_both",
            [](Request& r, Facts& f) {
              r.streaming_conninfo = "host=db user=barman";
              f.streaming_role = "barman";
              f.version = 0;
              f.regular = {false, "FATAL:  x", "28P01", "auth_failed"};
            },
            "PostgreSQL",
            "Where the roles are not there yet, as a superuser of PostgreSQL, in psql: CREATE ROLE barman;  -- if there "
            "is none ALTER ROLE barman LOGIN REPLICATION; SET password_encryption = 'scram-sha-256'; \\password barman " +
                all_rights + " | In ~/.pgpass of the user that barman runs as, mode 0600: db:5432:*:barman:PASSWORD"},
        Case{"no_right_to_connect",
             [](Request& r, Facts& f) {
               r.conninfo = "host=db user=barman";
               f.regular = {false, "FATAL:  x", "42501", "CheckMyDatabase"};
             },
             "PostgreSQL", "As a superuser of PostgreSQL, in psql: GRANT CONNECT ON DATABASE barman TO barman;"},
        Case{"no_answer",
             [](Request&, Facts& f) {
               f.regular = {false, "Connection refused"};
             },
             "PostgreSQL",
             "As a superuser of PostgreSQL, in psql: ALTER SYSTEM SET listen_addresses = '*';  -- if it listens on no "
             "address of its host | Then restart PostgreSQL. "},
        Case{"too_old", [](Request&, Facts& f) { f.version = 90500; }, "PostgreSQL", ""}),
    [](const auto& one) { return one.param.label; });

TEST(ServerNames, AreSectionsAndDirectories) {
  for (const char* name : {"main", "Main-1.2_x", "9"}) EXPECT_NO_THROW(require_server_name(name)) << name;
  for (const char* name : {"", "-x", ".x", "a/b", "a b", "all", "barman", "DEFAULT", "a]", "\xc3\xa4"})
    EXPECT_THROW(require_server_name(name), Error) << name;
}

TEST(ServerFile, IsOneSection) {
  EXPECT_EQ(configuration_text(request(), facts()),
            "; Made by 'barman init main'. Passwords are in .pgpass.\n"
            "[main]\n"
            "conninfo = host=db user=barman dbname=postgres\n"
            "streaming_conninfo = host=db user=streaming_barman\n"
            "backup_method = postgres\n"
            "streaming_archiver = on\n"
            "slot_name = barman\n"
            "create_slot = auto\n");
}

TEST(ServerFile, OfRsyncAndEverythingElse) {
  Request wanted = request();
  wanted.ssh_command = "ssh postgres@db";
  wanted.description = "'100%'";
  wanted.directory = "/srv/main";
  wanted.slot = "other";
  wanted.streaming_conninfo = "host=db user=repl password=secret";
  Facts known = facts();
  known.archive_mode = "on";
  known.archive_command = "barman-wal-archive backup main %p";
  const std::string text = configuration_text(wanted, known);
  EXPECT_THAT(text, HasSubstr("\ndescription = \"'100%%%%'\"\n"));
  EXPECT_THAT(text, HasSubstr("\nstreaming_conninfo = host=db user=repl\n"));
  EXPECT_THAT(text, HasSubstr("\nssh_command = ssh postgres@db\nbackup_method = rsync\nreuse_backup = link\n"));
  EXPECT_THAT(text, HasSubstr("\nslot_name = other\n"));
  EXPECT_THAT(text, HasSubstr("\narchiver = on\nbackup_directory = /srv/main\n"));
}

TEST(ServerFile, HoldsNoPasswordAndNoOtherLine) {
  Request wanted = request();
  for (const char* conninfo : {"host=db user=barman password='s e'", "postgresql://barman:secret@db/postgres"}) {
    wanted.conninfo = conninfo;
    EXPECT_THAT(configuration_text(wanted, facts()), Not(HasSubstr("password")));
    EXPECT_THAT(configuration_text(wanted, facts()), Not(HasSubstr("secret")));
    EXPECT_THAT(configuration_text(wanted, facts()), HasSubstr("conninfo = "));
  }
  wanted.description = "one\n[other]";
  EXPECT_THROW(configuration_text(wanted, facts()), Error);
}

class Gathering : public testing::Test {
 protected:
  fakes::FakePostgres postgres;
  Facts gather(const Request& request) {
    return gather_facts(request, "barman", std::chrono::seconds(5), postgres.connect(), {});
  }
};

TEST_F(Gathering, AsksWhatIsJudged) {
  const Facts found = gather(request());
  EXPECT_TRUE(found.regular.ok && found.streaming.ok);
  EXPECT_EQ(found.version, 160002);
  EXPECT_EQ(found.role, "barman");
  EXPECT_EQ(found.streaming_role, "streaming_barman");
  EXPECT_EQ(found.streaming_role_may_replicate, true);
  EXPECT_EQ(found.wal_level, "replica");
  EXPECT_EQ(found.max_wal_senders, 10);
  EXPECT_EQ(found.hba_file, "/pg/pg_hba.conf");
  EXPECT_FALSE(found.slot || found.ssh || found.password_typed);
  EXPECT_TRUE(judge(request(), found).remedies.empty());
}

TEST_F(Gathering, EndsWhereNobodyAnswers) {
  postgres.up = false;
  const Facts found = gather(request());
  EXPECT_FALSE(found.regular.ok || found.streaming.ok);
  EXPECT_THAT(found.regular.error, HasSubstr("Connection refused"));
  EXPECT_EQ(judge(request(), found).findings.size(), 1U);
}

TEST_F(Gathering, RefusesWhatIsNoConnectionString) {
  Request wanted = request();
  wanted.conninfo = "nonsense";
  EXPECT_THROW(gather(wanted), Error);
}

}  // namespace
}  // namespace barman::setup
