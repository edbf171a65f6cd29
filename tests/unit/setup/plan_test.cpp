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
  Refusal refusal;
  const char* address;
};

class Refusals : public testing::TestWithParam<RefusalCase> {};

TEST_P(Refusals, AreUnderstood) {
  EXPECT_EQ(refusal_of(GetParam().error), GetParam().refusal);
  EXPECT_EQ(refused_address(GetParam().error), GetParam().address);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Refusals,
    testing::Values(
        RefusalCase{
            "FATAL:  no pg_hba.conf entry for replication connection from host \"192.0.2.1\", user \"s\", no encryption",
            Refusal::no_hba_entry, "192.0.2.1/32"},
        RefusalCase{
            "connection to server at \"db\" (::1), port 5432 failed: FATAL:  no pg_hba.conf entry for host \"::1\", user",
            Refusal::no_hba_entry, "::1/128"},
        RefusalCase{"FATAL:  no pg_hba.conf entry for host \"[local]\", user", Refusal::no_hba_entry, ""},
        RefusalCase{"FATAL:  pg_hba.conf rejects connection for host \"192.0.2.1\", user", Refusal::no_hba_entry,
                    "192.0.2.1/32"},
        RefusalCase{"fe_sendauth: no password supplied", Refusal::no_password, ""},
        RefusalCase{"FATAL:  password authentication failed for user \"barman\"", Refusal::wrong_password, ""},
        RefusalCase{"FATAL:  role \"barman\" does not exist", Refusal::no_role, ""},
        RefusalCase{"FATAL:  role \"barman\" is not permitted to log in", Refusal::no_role, ""},
        RefusalCase{"FATAL:  database \"x\" does not exist", Refusal::no_database, ""},
        RefusalCase{"FATAL:  Peer authentication failed for user \"barman\"", Refusal::other, ""},
        RefusalCase{"FATAL:  permission denied to start WAL sender", Refusal::no_replication, ""},
        RefusalCase{"FATAL:  must be superuser or replication role to start walsender", Refusal::no_replication, ""},
        RefusalCase{"connection to server at \"db\", port 5432 failed: Connection refused", Refusal::no_answer, ""},
        RefusalCase{"could not translate host name \"db\" to address", Refusal::no_answer, ""},
        RefusalCase{"something else", Refusal::other, ""}));

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
  const char* remedies;  // "where: line; line", joined by " | "
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
        Case{"rights", [](Request&, Facts& f) { f.may_backup = f.may_monitor = f.may_checkpoint = false; },
             "rights of role barman",
             "As a superuser of PostgreSQL, in psql: GRANT EXECUTE ON FUNCTION pg_backup_start(text, boolean), "
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
            "As a superuser of PostgreSQL, in psql: GRANT EXECUTE ON FUNCTION pg_start_backup(text, boolean, boolean), "
            "pg_stop_backup(boolean, boolean) TO \"Bar\"\"man\"; GRANT EXECUTE ON FUNCTION pg_switch_wal(), "
            "pg_create_restore_point(text) TO \"Bar\"\"man\";"},
        Case{"streaming_role",
             [](Request&, Facts& f) {
               f.streaming = {false, "FATAL:  role \"streaming_barman\" does not exist"};
               f.streaming_role_may_replicate.reset();
             },
             "replication as role streaming_barman",
             "As a superuser of PostgreSQL, in psql: CREATE ROLE streaming_barman LOGIN REPLICATION; "
             "\\password streaming_barman | In ~/.pgpass of the user that barman runs as, mode 0600: "
             "db:5432:*:streaming_barman:PASSWORD"},
        Case{"replication_entry",
             [](Request&, Facts& f) {
               f.streaming = {false,
                              "FATAL:  no pg_hba.conf entry for replication connection from host \"192.0.2.1\", user"};
             },
             "replication as role streaming_barman",
             "In /pg/pg_hba.conf, then SELECT pg_reload_conf(): host  replication  streaming_barman  192.0.2.1/32  "
             "scram-sha-256"},
        Case{"replication_right",
             [](Request&, Facts& f) {
               f.streaming = {false, "FATAL:  permission denied to start WAL sender"};
               f.streaming_role_may_replicate = false;
             },
             "replication as role streaming_barman",
             "As a superuser of PostgreSQL, in psql: ALTER ROLE streaming_barman LOGIN REPLICATION;"},
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
               f.regular = {false, "FATAL:  no pg_hba.conf entry for host \"192.0.2.1\", user \"barman\""};
               f.hba_file.reset();
             },
             "PostgreSQL",
             "In pg_hba.conf, then SELECT pg_reload_conf(): host  postgres  barman  192.0.2.1/32  scram-sha-256"},
        Case{"no_role_at_all",
             [](Request&, Facts& f) {
               f.regular = {false, "FATAL:  role \"barman\" does not exist"};
             },
             "PostgreSQL",
             "As a superuser of PostgreSQL, in psql: CREATE ROLE barman LOGIN; \\password barman | "
             "In ~/.pgpass of the user that barman runs as, mode 0600: db:5432:*:barman:PASSWORD"},
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
