// The program as a whole, run in this process on a configuration and a server directory of its own. What it prints for
// every verb is held to Barman by tests/conformance; here it is held together: parsing, selection of servers,
// errors and exit codes.
#include <gmock/gmock.h>
#include <pwd.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "barman/cli/main.h"
#include "fakes/server_on_disk.h"

namespace barman::cli {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* id = "20260102T030405";
const std::string wal = "000000010000000000000001";

struct Ran {
  int code;
  std::string out, err;
};

class Program : public testing::Test, protected fakes::ServerOnDisk {
 protected:
  Program() { configure({}); }

  // `more` belongs to [main]. Nothing answers on that port.
  void configure(const std::string& more) const {
    write("barman.conf", "[barman]\nbarman_user = " + std::string(::getpwuid(::geteuid())->pw_name) +
                             "\nbarman_home = " + directory.path() + "\nlog_file = " + path("log") +
                             "\n[main]\ndescription = Main server\nconninfo = host=127.0.0.1 port=1 user=barman\n"
                             "streaming_conninfo = host=127.0.0.1 port=1 user=barman\narchiver = on\n"
                             "backup_method = postgres\n" +
                             more + "[passive]\nprimary_ssh_command = ssh -p 1 nobody@127.0.0.1\n" +
                             "[off]\nactive = false\nconninfo = host=off\nssh_command = ssh off\n");
  }
  void add_backup() const {
    write("main/identity.json", "{\"systemid\": \"77\", \"version\": \"16\"}");
    write(std::string("main/meta/") + id + "-backup.info",
          "begin_wal=" + wal + "\nend_wal=" + wal +
              "\nbegin_time=2026-01-02 03:04:05+00:00\nend_time=2026-01-02 03:05:05+00:00\nmode=postgres\n"
              "server_name=main\nstatus=DONE\nsystemid=77\ntimeline=1\nversion=160002\nxlog_segment_size=16777216\n"
              "size=5\npgdata=/pg/data\n");
    write(std::string("main/base/") + id + "/data/PG_VERSION", "16\n");
    write("main/wals/0000000100000000/" + wal, "w");
    write("main/wals/main-xlog.db", wal + "\t1\t1700000000.0\tNone\n");
  }

  Ran barman(std::vector<std::string> words) const { return run({"-c", path("barman.conf")}, std::move(words)); }
  Ran json(std::vector<std::string> words) const {
    return run({"-c", path("barman.conf"), "-f", "json"}, std::move(words));
  }
  static Ran run(std::vector<std::string> first, std::vector<std::string> words) {
    first.insert(first.begin(), "barman");
    first.insert(first.end(), words.begin(), words.end());
    std::vector<char*> argv;
    for (std::string& word : first) argv.push_back(word.data());
    argv.push_back(nullptr);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = cli::run(static_cast<int>(first.size()), argv.data());
    Ran run{code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
    return run;
  }
};

TEST_F(Program, DescribesItself) {
  EXPECT_THAT(run({}, {"--version"}).out, StartsWith("3.20.1 barman-native "));
  EXPECT_THAT(run({}, {"--help"}).out, AllOf(HasSubstr("usage: barman"), HasSubstr("list-servers")));
  EXPECT_EQ(run({}, {"help"}).out, run({}, {"--help"}).out);
  const Ran help = run({}, {"help", "backup"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, HasSubstr("usage: barman backup"));
  EXPECT_EQ(help.out, run({}, {"backup", "--help"}).out);
}

struct Slip {
  const char* label;
  std::vector<std::string> words;
  const char* text;
};
class Slips : public Program, public testing::WithParamInterface<Slip> {};
TEST_P(Slips, AreUsageErrors) {
  const Ran slip = barman(GetParam().words);
  EXPECT_EQ(slip.code, 2);
  EXPECT_THAT(slip.err, AllOf(StartsWith("usage: barman"), HasSubstr(GetParam().text)));
  EXPECT_THAT(slip.out, IsEmpty());
}
INSTANTIATE_TEST_SUITE_P(
    Words, Slips,
    testing::Values(Slip{"verb", {"bakcup"}, "did you mean 'backup'?"},
                    Slip{"option", {"backup", "--jbos", "2", "main"}, "did you mean '--jobs'?"},
                    Slip{"value", {"backup", "--jobs", "x", "main"}, "argument --jobs/-j: 'x' is not a valid input"},
                    Slip{"missing", {"show-backup", "main"}, "the following arguments are required: backup_id"},
                    Slip{"too_many", {"cron", "main"}, "unrecognized arguments: main"},
                    Slip{"global", {"--nope", "cron"}, "unrecognized arguments: --nope"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST_F(Program, NeedsAConfiguration) {
  EXPECT_THAT(run({"-c", path("missing")}, {"list-servers"}).err, HasSubstr(path("missing")));
  write("broken.conf", "[main\n");
  const Ran broken = run({"-c", path("broken.conf")}, {"list-servers"});
  EXPECT_EQ(broken.code, 1);
  EXPECT_THAT(broken.err, HasSubstr("broken.conf"));
}

TEST_F(Program, ListsServers) {
  const Ran list = barman({"list-servers"});
  EXPECT_EQ(list.code, 0);
  EXPECT_THAT(list.out, AllOf(HasSubstr("main - Main server\n"), HasSubstr("off -  (inactive)\n"),
                              HasSubstr("passive -  (Passive)\n")));
  EXPECT_THAT(barman({"list-servers", "--minimal"}).out, HasSubstr("main\n"));
  EXPECT_THAT(json({"list-servers"}).out, AllOf(StartsWith("{"), HasSubstr("\"main\"")));
  EXPECT_THAT(barman({"-q", "list-servers"}).out, IsEmpty());
}

TEST_F(Program, SelectsServers) {
  EXPECT_THAT(barman({"list-backups", "nobody"}).err, HasSubstr("Unknown server 'nobody'"));
  EXPECT_EQ(barman({"list-backups", "nobody"}).code, 1);
  EXPECT_EQ(barman({"list-backups", "all"}).code, 0);
  EXPECT_THAT(barman({"show-backup", "all", "latest"}).err, HasSubstr("all"));
}

TEST_F(Program, LeavesAFileAsItIsForAnUnknownServer) {
  write("page", "as it was");
  for (const auto& verb : {std::vector<std::string>{"report", "--html"}, {"metrics", "--textfile"}})
    for (const auto& servers : {std::vector<std::string>{"nobody"}, {"main", "nobody"}, {"all", "main"}}) {
      std::vector<std::string> words = verb;
      words.push_back(path("page"));
      words.insert(words.end(), servers.begin(), servers.end());
      const Ran ran = barman(words);
      EXPECT_EQ(ran.code, 1) << verb[0] << " " << servers.front();
      EXPECT_THAT(ran.err, AnyOf(HasSubstr("Unknown server 'nobody'"), HasSubstr("You cannot use 'all'")));
      EXPECT_EQ(read("page"), "as it was") << verb[0] << " " << servers.front();
    }
  EXPECT_EQ(barman({"report", "--html", path("page"), "main", "main"}).code, 0);
  EXPECT_THAT(read("page"), HasSubstr("<title>"));
}

TEST_F(Program, TellsOfBackups) {
  add_backup();
  EXPECT_THAT(barman({"list-backups", "main"}).out, StartsWith(std::string("main ") + id));
  EXPECT_EQ(barman({"list-backups", "--minimal", "main"}).out, std::string(id) + "\n");
  EXPECT_THAT(json({"list-backups", "main"}).out, HasSubstr(id));
  EXPECT_THAT(barman({"show-backup", "main", "latest"}).out,
              AllOf(StartsWith(std::string("Backup ") + id), HasSubstr("DONE")));
  EXPECT_THAT(json({"show-backup", "main", id}).out, HasSubstr("\"status\": \"DONE\""));
  EXPECT_THAT(barman({"list-files", "--target", "data", "main", id}).out, HasSubstr("/data/PG_VERSION\n"));
  const Ran missing = barman({"show-backup", "main", "20250101T000000"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.err, HasSubstr("Unknown backup '20250101T000000' for server 'main'"));
}

TEST_F(Program, KeepsAndDeletesBackups) {
  add_backup();
  EXPECT_EQ(barman({"keep", "--target", "full", "main", id}).code, 0);
  EXPECT_THAT(barman({"keep", "--status", "main", id}).out, HasSubstr("full"));
  EXPECT_EQ(barman({"delete", "main", id}).code, 1);
  EXPECT_EQ(barman({"keep", "--release", "main", id}).code, 0);
  const Ran deleted = barman({"delete", "main", id});
  EXPECT_EQ(deleted.code, 0) << deleted.err;
  EXPECT_THAT(barman({"list-backups", "main"}).out, IsEmpty());
}

TEST_F(Program, ChecksABackup) {
  add_backup();
  EXPECT_EQ(barman({"check-backup", "main", id}).code, 0);
  EXPECT_THAT(barman({"generate-manifest", "main", id}).out, HasSubstr("successfully generated"));
  EXPECT_EQ(barman({"verify-backup", "main", id}).code, 0);
  write(std::string("main/base/") + id + "/data/PG_VERSION", "17\n");
  EXPECT_EQ(barman({"verify-backup", "main", id}).code, 1);
}

TEST_F(Program, RestoresABackup) {
  add_backup();
  const Ran restored = barman({"restore", "main", "latest", path("restored")});
  EXPECT_EQ(restored.code, 0) << restored.err;
  EXPECT_THAT(restored.out, HasSubstr("Your PostgreSQL server has been successfully prepared for recovery!"));
  EXPECT_EQ(read("restored/PG_VERSION"), "16\n");
  EXPECT_EQ(barman({"restore", "main", "latest", path("restored")}).code, 1);
  EXPECT_THAT(barman({"restore", "--target-time", "yesterday-ish", "main", "latest", path("other")}).err,
              HasSubstr("yesterday-ish"));
}

TEST_F(Program, CarriesBackupsElsewhere) {
  add_backup();
  fs::make_directories(path("out"));
  const Ran exported = barman({"export-backup", "main", id, path("out")});
  EXPECT_EQ(exported.code, 0) << exported.err;
  ASSERT_THAT(names("out"), testing::SizeIs(1));
  EXPECT_EQ(barman({"delete", "main", id}).code, 0);
  const Ran imported = barman({"import-backup", "main", path("out/" + names("out").front())});
  EXPECT_EQ(imported.code, 0) << imported.err;
  EXPECT_EQ(barman({"list-backups", "--minimal", "main"}).out, std::string(id) + "\n");
}

TEST_F(Program, HandsOutWal) {
  add_backup();
  EXPECT_EQ(barman({"get-wal", "main", wal}).out, "w");
  EXPECT_EQ(barman({"get-wal", "-o", directory.path(), "main", wal}).code, 0);
  EXPECT_EQ(read(wal), "w");
  const Ran missing = barman({"get-wal", "main", "000000010000000000000009"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.err, HasSubstr("not found"));
  EXPECT_EQ(barman({"get-wal", "--peek", "3", "main", wal}).out, wal + "\n");
}

TEST_F(Program, LooksAfterTheWalArchive) {
  add_backup();
  EXPECT_THAT(barman({"rebuild-xlogdb", "main"}).out, HasSubstr("wal_file: 1"));
  EXPECT_EQ(barman({"check-wal-archive", "main"}).code, 1);
  EXPECT_EQ(barman({"check-wal-archive", "--timeline", "2", "main"}).code, 0);
  EXPECT_EQ(barman({"check-archived-wal-range", "main", wal, wal}).code, 0);
  EXPECT_EQ(barman({"archive-wal", "main"}).code, 0);
  EXPECT_THAT(barman({"sync-info", "main"}).out, HasSubstr(wal));
}

TEST_F(Program, SaysThatPostgresIsDown) {
  const Ran checked = barman({"check", "main"});
  EXPECT_EQ(checked.code, 1);
  EXPECT_THAT(checked.out, AllOf(StartsWith("Server main:\n"), HasSubstr("\tPostgreSQL: FAILED")));
  EXPECT_THAT(barman({"check", "--nagios", "main"}).out, StartsWith("BARMAN CRITICAL"));
  EXPECT_THAT(json({"check", "main"}).out, HasSubstr("\"FAILED\""));
  EXPECT_THAT(barman({"check", "--explain", "main"}).out, HasSubstr("psql"));
  EXPECT_THAT(barman({"status", "main"}).out, HasSubstr("Main server"));
  EXPECT_EQ(barman({"backup", "main"}).code, 1);
  EXPECT_EQ(barman({"switch-wal", "main"}).code, 1);
  EXPECT_EQ(barman({"replication-status", "main"}).code, 1);
  EXPECT_EQ(barman({"receive-wal", "main"}).code, 1);
}

TEST_F(Program, ShowsTheConfiguration) {
  EXPECT_THAT(barman({"show-servers", "main"}).out,
              AllOf(HasSubstr("Server main:"), HasSubstr("backup_method: postgres")));
  EXPECT_THAT(json({"show-servers", "main"}).out, HasSubstr("\"backup_method\": \"postgres\""));
  EXPECT_THAT(barman({"diagnose"}).out, HasSubstr("\"servers\""));
  EXPECT_EQ(barman({"list-processes", "main"}).code, 0);
  EXPECT_EQ(barman({"terminate-process", "main", "receive-wal"}).code, 1);
}

TEST_F(Program, ChangesTheConfiguration) {
  write("included/one.conf", "[other]\nconninfo = host=other\nssh_command = ssh other\n");
  write("barman.conf", read("barman.conf") + "[m]\nmodel = true\ncluster = c\nconninfo = host=model\n");
  EXPECT_EQ(barman({"config-switch", "main", "m"}).code, 1) << "of another cluster";
  EXPECT_EQ(barman({"config-switch", "main", "--reset"}).code, 0);
  EXPECT_EQ(barman({"config-update", "{"}).code, 1);
}

TEST_F(Program, RefusesWhatOnlyCertainServersDo) {
  EXPECT_EQ(barman({"sync-wals", "main"}).code, 1);
  EXPECT_EQ(barman({"sync-backup", "main", id}).code, 1);
  EXPECT_EQ(barman({"lock-directory-cleanup"}).code, 0);
}

}  // namespace
}  // namespace barman::cli
