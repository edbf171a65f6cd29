#include "barman/backup/parent.h"

#include <gmock/gmock.h>

#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/core/error.h"
#include "fakes/notifier.h"
#include "fakes/postgres.h"
#include "fakes/server_on_disk.h"

namespace barman::backup {
namespace {

using testing::HasSubstr;

constexpr const char* full = "20260101T000000";
constexpr const char* child = "20260102T000000";
constexpr const char* grandchild = "20260103T000000";
constexpr const char* manifest =
    "{ \"PostgreSQL-Backup-Manifest-Version\": 2,\n\"System-Identifier\": 77,\n\"Files\": [";

// A server "main" on timeline 3, and a chain of three backups of timeline 2.
class Parents : public testing::Test, protected fakes::ServerOnDisk {
 protected:
  Parents() {
    config.conninfo = config.streaming_conninfo = "host=pg";
    config.backup_method = config::BackupMethod::postgres;
    global.barman_lock_directory = path("locks");
    postgres.version = 170005;
    postgres.timeline = 3;
    postgres.system_identifier = "77";
    postgres.settings["summarize_wal"] = "on";
    postgres.answer("TIMELINE_HISTORY", {{"history", "1\t0/2000000\tx\n2\t0/5000000\tx\n"}});
    add(full, "");
    add(child, full);
    add(grandchild, child);
  }
  void add(const std::string& id, const std::string& parent, const std::string& instead = {}) {
    write("main/meta/" + id + "-backup.info",
          "begin_wal=000000020000000000000003\nend_xlog=0/4000000\nmode=postgres\nserver_name=main\nstatus=DONE\n"
          "summarize_wal=on\nsystemid=77\ntimeline=2\n" +
              (parent.empty() ? "" : "parent_backup_id=" + parent + "\n") + instead);
    write("main/base/" + id + "/data/backup_manifest", manifest);
  }
  void edit(const std::string& id, const std::string& from, const std::string& to) {
    std::string text = read("main/meta/" + id + "-backup.info");
    text.replace(text.find(from), from.size(), to);
    write("main/meta/" + id + "-backup.info", text);
  }
  std::string refusal(const std::string& argument = grandchild) {
    try {
      context_.emplace(global, config, notifier, postgres.connect());
      require_parent(*context_, argument);
      return "";
    } catch (const Error& error) {
      EXPECT_FALSE(error.hint().empty() && error.code() == Errc::corrupt);
      return error.what();
    }
  }
  static std::string not_eligible(const std::string& id, const std::string& why) {
    return "failed to start backup: Backup ID " + id + " is not eligible as a parent for an incremental backup" + why;
  }

  config::GlobalConfig global;
  fakes::FakePostgres postgres;
  fakes::RecordingNotifier notifier;
  std::optional<ServerContext> context_;
};

TEST_F(Parents, AreFoundByTheWordsForBackups) {
  ServerContext server(global, config, notifier, postgres.connect());
  EXPECT_EQ(require_parent(server, "latest"), grandchild);
  EXPECT_EQ(require_parent(server, "latest-full"), full);
  EXPECT_EQ(require_parent(server, child), child);
  for (const char* word : {"auto", "nothing", "last-failed"})
    EXPECT_THAT(refusal(word), HasSubstr("Unknown backup '" + std::string(word) + "' for server 'main'"));
}

TEST_F(Parents, NeedAServerThatCan) {
  postgres.settings["summarize_wal"] = "off";
  EXPECT_THAT(refusal(), HasSubstr("'summarize_wal' option has to be enabled in the Postgres server"));
  config.backup_method = config::BackupMethod::rsync;
  EXPECT_THAT(refusal(), HasSubstr("is available only for 'backup_method = postgres'"));
  postgres.version = 160005;
  EXPECT_THAT(refusal(), HasSubstr("Postgres version 17 or greater is required"));
  EXPECT_THAT(refusal("nothing"), HasSubstr("Unknown backup")) << "is asked first";
}

TEST_F(Parents, NeedSummariesFromTheirTime) {
  edit(grandchild, "summarize_wal=on", "summarize_wal=off");
  EXPECT_EQ(refusal(), not_eligible(grandchild, " because WAL summaries were not enabled when that backup was taken."));
}

// Each is accepted by the reference, and makes a backup that can never be restored, or fails after the checkpoint.
TEST_F(Parents, NeedAWholeChain) {
  edit(child, "status=DONE", "status=FAILED");
  EXPECT_EQ(refusal(), not_eligible(grandchild, ": backup 20260102T000000 has status FAILED."));
  EXPECT_THAT(refusal(child), HasSubstr("has status FAILED"));
  EXPECT_EQ(refusal(full), "");
  fs::remove_file(path(std::string("main/meta/") + child + "-backup.info"));
  EXPECT_THAT(refusal(), HasSubstr("backup 20260102T000000, the parent of 20260103T000000, is not in the catalogue."));
}

TEST_F(Parents, NeedTheirFiles) {
  fs::remove_file(path(std::string("main/base/") + full + "/data/backup_manifest"));
  EXPECT_THAT(refusal(), HasSubstr("backup 20260101T000000 has no manifest"));
}

TEST_F(Parents, AreNotHalfDeleted) {
  catalog::Annotations(config).set_delete_this(full);
  EXPECT_THAT(refusal(), HasSubstr("backup 20260101T000000 is half-deleted"));
  EXPECT_THAT(refusal(full), HasSubstr("half-deleted"));
}

TEST_F(Parents, AreTakenByPgBasebackup) {
  edit(full, "mode=postgres", "mode=rsync-concurrent");
  EXPECT_THAT(refusal(full), HasSubstr("was not taken by pg_basebackup"));
}

TEST_F(Parents, AreOfThisCluster) {
  write(std::string("main/base/") + grandchild + "/data/backup_manifest",
        "{ \"PostgreSQL-Backup-Manifest-Version\": 2,\n\"System-Identifier\": 78,\n");
  EXPECT_THAT(refusal(), HasSubstr("its backup_manifest is of another cluster (system identifier 78, here 77)"));
  edit(grandchild, "systemid=77", "systemid=79");
  EXPECT_THAT(refusal(), HasSubstr("it is a backup of another cluster (system identifier 79, here 77)"));
}

TEST_F(Parents, HaveAManifestThatNamesItsWal) {
  const std::string file = std::string("main/base/") + grandchild + "/data/backup_manifest";
  write(file, "{\"PostgreSQL-Backup-Manifest-Version\": 1,\n\"Files\": [\n");
  EXPECT_THAT(refusal(), HasSubstr("its backup_manifest was not written by PostgreSQL 17 or newer"));
  for (const char* text :
       {"", "{}", "PostgreSQL-Backup-Manifest-Version", "{\"PostgreSQL-Backup-Manifest-Version\": x"}) {
    write(file, text);
    EXPECT_THAT(refusal(), HasSubstr("is not a backup manifest of PostgreSQL")) << text;
  }
}

TEST_F(Parents, AreInThePastOfTheServer) {
  edit(grandchild, "end_xlog=0/4000000", "end_xlog=0/5000001");
  EXPECT_THAT(refusal(), HasSubstr("it ends at 0/5000001, after the server had left its timeline 2 at 0/5000000"));
  edit(grandchild, "timeline=2", "timeline=4");
  EXPECT_THAT(refusal(), HasSubstr("taken on timeline 4, which is not in the history of the server"));
}

TEST_F(Parents, AreHeldWithTheirAncestors) {
  ServerContext server(global, config, notifier, postgres.connect());
  {
    ParentHold hold(server, child);
    for (const char* id : {full, child}) EXPECT_FALSE(fs::LockFile::try_acquire(locks.backup_id(id))) << id;
    EXPECT_TRUE(fs::LockFile::try_acquire(locks.backup_id(grandchild)));
    hold.adopt("20260104T000000");
    hold.adopt("20260104T000000");
  }
  EXPECT_EQ(catalog::BackupCatalog(config).find(child)->children_backup_ids, "20260104T000000");
  EXPECT_TRUE(fs::LockFile::try_acquire(locks.backup_id(full)));
}

TEST_F(Parents, KeepWhatOthersChangedMeanwhile) {
  add(child, full, "children_backup_ids=" + std::string(grandchild) + ",20260104T000000\n");
  ServerContext server(global, config, notifier, postgres.connect());
  ParentHold hold(server, child);
  catalog::BackupCatalog(config).disown(child, "20260104T000000");
  hold.adopt("20260105T000000");
  EXPECT_EQ(catalog::BackupCatalog(config).find(child)->children_backup_ids,
            std::string(grandchild) + ",20260105T000000");
  fs::remove_file(path(std::string("main/meta/") + child + "-backup.info"));
  fs::remove_tree(path(std::string("main/base/") + child));
  EXPECT_THROW(hold.adopt("20260106T000000"), Error);
}

TEST_F(Parents, ThatAreBusyAreWaitedFor) {
  ServerContext server(global, config, notifier, postgres.connect());
  const auto lock = fs::LockFile::try_acquire(locks.backup_id(full));
  try {
    const ParentHold hold(server, grandchild, std::chrono::seconds(0));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::lock_busy);
    EXPECT_THAT(error.what(), HasSubstr("the lock of backup 20260101T000000 of server main is held by"));
  }
}

TEST_F(Parents, AreLookedAtAgainUnderTheLocks) {
  ServerContext server(global, config, notifier, postgres.connect());
  EXPECT_EQ(require_parent(server, "latest"), grandchild);
  catalog::Annotations(config).set_delete_this(child);
  EXPECT_THROW(ParentHold(server, grandchild), Error);
}

struct PastCase {
  const char* label;
  std::int64_t of_parent;
  const char* end;
  std::uint32_t timeline;
  bool problem;
};
class Past : public testing::TestWithParam<PastCase> {};

TEST_P(Past, IsThatOfTheParent) {
  catalog::BackupInfo parent;
  parent.timeline = GetParam().of_parent;
  if (*GetParam().end) parent.end_xlog = GetParam().end;
  const std::vector<HistoryEntry> history = {{1, *parse_lsn("0/2000000"), ""}, {2, *parse_lsn("0/5000000"), ""}};
  EXPECT_EQ(timeline_problem(parent, GetParam().timeline, history).has_value(), GetParam().problem);
}

INSTANTIATE_TEST_SUITE_P(Of, Past,
                         testing::Values(PastCase{"the_same_timeline", 3, "0/9000000", 3, false},
                                         PastCase{"before_the_switch", 2, "0/4FFFFFF", 3, false},
                                         PastCase{"up_to_the_switch", 2, "0/5000000", 3, false},
                                         PastCase{"beyond_the_switch", 2, "0/5000001", 3, true},
                                         PastCase{"two_switches_ago", 1, "0/2000000", 3, false},
                                         PastCase{"without_an_end", 1, "", 3, true},
                                         PastCase{"a_timeline_that_is_to_come", 5, "0/1", 3, true}),
                         [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::backup
