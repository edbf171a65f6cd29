#include <nlohmann/json.hpp>

#include "stored_backups.h"

namespace barman::cloud::cli {
namespace {

using nlohmann::json;

constexpr const char* url = "s3://lab/pg";
constexpr const char* head =
    "Backup ID           End Time                 Begin Wal                     Archival Status  Name                \n";
constexpr const char* first_id = "20261128T112556";
constexpr const char* second_id = "20261129T112556";

class ListShowKeep : public StoredBackups {
 protected:
  void store_two() {
    catalog::BackupInfo first = backup(first_id, 3);
    first.backup_name = "weekly";
    first.tablespaces = {{"tbs1", 16386, "/tmp/ts1"}};
    first.data_checksums = "on";
    first.copy_stats.emplace().copy_time = 619.0;
    store_backup(first);
    store_backup(backup(second_id, 9));
  }
  int list(std::vector<std::string> options = {}) {
    options.insert(options.end(), {url, "main"});
    return run("backup-list", options);
  }
  int show(const std::string& id, const std::string& format = "console") {
    return run("backup-show", {"--format", format, url, "main", id});
  }
  int keep_program(const std::string& id, std::vector<std::string> options) {
    options.insert(options.begin(), {url, "main", id});
    return run("backup-keep", options);
  }
};

TEST_F(ListShowKeep, AnEmptyListHasItsHead) {
  EXPECT_EQ(list(), 0) << err;
  EXPECT_EQ(out, head);
  EXPECT_EQ(list({"--format", "json"}), 0);
  EXPECT_EQ(out, "{\"backups_list\": []}\n");
}

TEST_F(ListShowKeep, AMissingBucketIsAnError) {
  fs::remove_tree(bucket);
  EXPECT_EQ(list(), 4);
  EXPECT_TRUE(log().starts_with("ERROR: Barman cloud backup list exception: ")) << err;
  EXPECT_EQ(list({"-t"}), 1);
  EXPECT_EQ(log(), "ERROR: Bucket " + bucket + " does not exist\n");
}

TEST_F(ListShowKeep, ListsWithKeepsAndStates) {
  store_two();
  keep(first_id, "standalone");
  catalog::BackupInfo started = backup("20261130T112556", 12);
  started.set_status(catalog::BackupStatus::started);
  started.begin_wal.reset();
  started.end_time.reset();
  store_entry(started);
  put(base("20261130T112557") + "data.tar", "no entry");
  EXPECT_EQ(list(), 0) << err;
  const auto row = [](const char* id, const char* end, const char* begin, const char* status, const char* name) {
    return fmt::format("{:<20}{:<25}{:<30}{:<17}{:<20}\n", id, end, begin, status, name);
  };
  EXPECT_EQ(out, head + row(first_id, "2026-11-28 10:05:00", "000000010000000000000003", "KEEP:STANDALONE", "weekly") +
                     row(second_id, "2026-11-29 10:05:00", "000000010000000000000009", "", "") +
                     row("20261130T112556", "", "", "STARTED", ""));
  EXPECT_EQ(err, "");
}

TEST_F(ListShowKeep, OneEntryThatCannotBeReadDoesNotHideTheOthers) {
  store_two();
  put(base("20261130T112556") + "backup.info", "status=DONE\nnonsense\n");
  EXPECT_EQ(list(), 0);
  EXPECT_NE(out.find(second_id), std::string::npos);
  EXPECT_TRUE(log().starts_with("WARNING: Unable to open backup.info file for 20261130T112556: ")) << err;
}

TEST_F(ListShowKeep, ListsAsJson) {
  store_two();
  EXPECT_EQ(list({"--format", "json"}), 0) << err;
  const json all = json::parse(out).at("backups_list");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].at("backup_id"), first_id);
  EXPECT_EQ(all[0].at("backup_name"), "weekly");
  EXPECT_EQ(all[0].at("tablespaces"), json::parse(R"([["tbs1", 16386, "/tmp/ts1"]])"));
  EXPECT_EQ(all[0].at("begin_time"), "Sat Nov 28 10:00:00 2026");
  EXPECT_EQ(all[0].at("begin_time_iso"), "2026-11-28T10:00:00.049865+00:00");
  EXPECT_EQ(all[0].at("end_time_iso"), "2026-11-28T10:05:00.801900+00:00");
  EXPECT_EQ(all[1].at("timeline"), 1);
  EXPECT_EQ(std::ranges::count(out, '\n'), 1);
}

TEST_F(ListShowKeep, ShowsOneBackup) {
  store_two();
  EXPECT_EQ(show("weekly"), 0) << err;
  EXPECT_EQ(out,
            "Backup 20261128T112556:\n"
            "  Backup Name            : weekly\n"
            "  Server Name            : cloud\n"
            "  System Id              : 7713181047393061640\n"
            "  Status                 : DONE\n"
            "  PostgreSQL Version     : 150018\n"
            "  PGDATA directory       : /tmp/pg\n"
            "  Estimated Cluster Size : 34.0 MiB\n"
            "\n"
            "  Server information:\n"
            "    Checksums            : on\n"
            "\n"
            "  Tablespaces:\n"
            "    tbs1                 : /tmp/ts1 (oid: 16386)\n"
            "\n"
            "  Base backup information:\n"
            "    Timeline             : 1\n"
            "    Begin WAL            : 000000010000000000000003\n"
            "    End WAL              : 000000010000000000000003\n"
            "    Begin time           : 2026-11-28 10:00:00.049865+00:00\n"
            "    End time             : 2026-11-28 10:05:00.801900+00:00\n"
            "    Copy time            : 10 minutes, 19 seconds\n"
            "    Begin Offset         : 40\n"
            "    End Offset           : 312\n"
            "    Begin LSN            : 0/3000028\n"
            "    End LSN              : 0/3000138\n"
            "\n");
  EXPECT_EQ(show(second_id, "json"), 0);
  EXPECT_EQ(json::parse(out).at("cloud").at("backup_id"), second_id);
}

struct WordCase {
  const char* label;
  const char* word;
  const char* id;
};
class Words : public ListShowKeep, public testing::WithParamInterface<WordCase> {};

// The order is that of the WAL: the clock of the host was set back before the last backup.
TEST_P(Words, MeanABackup) {
  store_two();
  store_backup(backup("20261101T112556", 20));
  catalog::BackupInfo failed = backup("20261120T000000", 5);
  failed.set_status(catalog::BackupStatus::failed);
  store_entry(failed);
  catalog::BackupInfo started = backup("20261130T112556", 30);
  started.set_status(catalog::BackupStatus::started);
  store_entry(started);
  EXPECT_EQ(show(GetParam().word), 0) << err;
  EXPECT_TRUE(out.starts_with(std::string("Backup ") + GetParam().id + ":\n")) << out;
}

INSTANTIATE_TEST_SUITE_P(All, Words,
                         testing::Values(WordCase{"id", second_id, second_id}, WordCase{"name", "weekly", first_id},
                                         WordCase{"first", "first", first_id}, WordCase{"oldest", "oldest", first_id},
                                         WordCase{"last", "last", "20261101T112556"},
                                         WordCase{"latest", "latest", "20261101T112556"},
                                         WordCase{"last_failed", "last-failed", "20261120T000000"}),
                         [](const auto& row) { return std::string(row.param.label); });

TEST_F(ListShowKeep, UnknownBackups) {
  store_two();
  EXPECT_EQ(show("20200101T000000"), 1);
  EXPECT_EQ(log(), "ERROR: Backup 20200101T000000 for server main does not exist\n");
  EXPECT_EQ(show("nosuch"), 4);
  EXPECT_EQ(log(), "ERROR: Barman cloud backup show exception: Unknown backup 'nosuch' for server 'main'\n");
  EXPECT_EQ(keep_program("20200101T000000", {"--target", "full"}), 1);
  EXPECT_EQ(log(), "ERROR: Backup 20200101T000000 for server main does not exist\n");
  EXPECT_EQ(keys(base("20200101T000000")), std::vector<std::string>());
}

TEST_F(ListShowKeep, KeepsAndReleases) {
  store_two();
  EXPECT_EQ(keep_program(first_id, {"-s"}), 0);
  EXPECT_EQ(out, "Keep: nokeep\n");
  EXPECT_EQ(keep_program("weekly", {"--target", "standalone"}), 0) << err;
  EXPECT_EQ(out + err, "");
  EXPECT_EQ(content(base(first_id) + "annotations/keep"), "standalone");
  EXPECT_EQ(keep_program(first_id, {"--status"}), 0);
  EXPECT_EQ(out, "Keep: standalone\n");
  EXPECT_EQ(keep_program(first_id, {"--target", "full"}), 0);
  EXPECT_EQ(keep_program(first_id, {"--status"}), 0);
  EXPECT_EQ(out, "Keep: full\n");
  EXPECT_EQ(keep_program(first_id, {"--release"}), 0);
  EXPECT_EQ(keep_program(first_id, {"--release"}), 0);
  EXPECT_EQ(out + err, "");
  EXPECT_EQ(keep_program(first_id, {"--status"}), 0);
  EXPECT_EQ(out, "Keep: nokeep\n");
}

TEST_F(ListShowKeep, KeepsWhatIsDoneAlone) {
  catalog::BackupInfo failed = backup(first_id, 5);
  failed.set_status(catalog::BackupStatus::failed);
  store_entry(failed);
  EXPECT_EQ(keep_program(first_id, {"--target", "full"}), 1);
  EXPECT_EQ(log(),
            "ERROR: Cannot add keep to backup 20261128T112556 because it has status FAILED. Only backups with "
            "status DONE can be kept.\n");
  EXPECT_EQ(keep_program(first_id, {}), 3);
  EXPECT_NE(err.find("one of the arguments -r/--release -s/--status --target is required\n"), std::string::npos);
}

}  // namespace
}  // namespace barman::cloud::cli
