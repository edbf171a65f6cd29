#include "barman/output/backups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "barman/core/text.h"
#include "json.h"
#include "unit/output/recording_writer.h"

namespace barman::report {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::StartsWith;

template <typename Report>
std::vector<std::string> console(const Report& report) {
  return split_lines(output::console_text(report));
}

template <typename Report>
std::string json(const Report& report) {
  return output::to_python_json(output::json_of(report));
}

constexpr std::int64_t mebibyte = 1024 * 1024;
constexpr Timestamp end_time{1'795'253'165'279'662, 0};  // 2026-11-21 09:26:05.279662 UTC

BackupList two_backups() {
  BackupList list;
  list.server = "main";
  BackupListEntry copied;
  copied.id = "20261121T092554";
  copied.name = "weekly";
  copied.type = "full";
  copied.status = "WAITING_FOR_WALS";
  copied.copied = true;
  copied.end_time = end_time;
  copied.size = 20 * mebibyte;
  copied.wal_size = 0;
  copied.retention = "OBSOLETE*";
  BackupListEntry failed;
  failed.id = "20261121T092332";
  failed.type = "rsync";
  failed.status = "FAILED";
  list.entries = {copied, failed};
  return list;
}

TEST(BackupListOutput, MarksTornChains) {
  BackupList list = two_backups();
  EXPECT_THAT(json(list), testing::Not(testing::HasSubstr("torn")));
  list.entries[0].torn = true;
  EXPECT_THAT(console(list)[0], testing::EndsWith(" - OBSOLETE* - TORN"));
  EXPECT_THAT(json(list), testing::HasSubstr(R"("torn": true)"));
}

TEST(BackupListOutput, HasALineForEachBackup) {
  EXPECT_THAT(
      console(two_backups()),
      ElementsAre("main 20261121T092554 'weekly' - F - Sat Nov 21 09:26:05 2026 - Size: 20.0 MiB - WAL Size: 0 B - "
                  "WAITING_FOR_WALS - OBSOLETE*",
                  "main 20261121T092332 - R - FAILED"));
  EXPECT_EQ(
      json(two_backups()),
      R"({"main": [{"backup_id": "20261121T092554", "backup_name": "weekly", "backup_type": "full", )"
      R"("end_time": "Sat Nov 21 09:26:05 2026", "end_time_timestamp": "1795253165", "retention_status": "OBSOLETE*", )"
      R"("size": "20.0 MiB", "size_bytes": 20971520, "status": "WAITING_FOR_WALS", "wal_size": "0 B", "wal_size_bytes": 0}, )"
      R"({"backup_id": "20261121T092332", "backup_type": "rsync", "status": "FAILED"}]})");
}

TEST(BackupListOutput, MinimalIsIdsOnly) {
  BackupList list = two_backups();
  list.minimal = true;
  EXPECT_THAT(console(list), ElementsAre("20261121T092554", "20261121T092332"));
  EXPECT_EQ(json(list), R"({"main": ["20261121T092554", "20261121T092332"]})");
}

TEST(BackupListOutput, AServerWithoutBackupsHasAnEmptyList) {
  BackupList list;
  list.server = "main";
  EXPECT_TRUE(console(list).empty());
  EXPECT_EQ(json(list), R"({"main": []})");
}

BackupDetails details() {
  BackupDetails report;
  report.server = "main";
  report.id = "20261121T092554";
  report.status = "DONE";
  report.system_id = "7710552433441762677";
  report.data_checksums = "on";
  CopiedBackup& backup = report.copied.emplace();
  backup.type = "rsync";
  backup.version = 150020;
  backup.cluster_size = 30 * mebibyte;
  backup.pgdata = "/srv/pg";
  backup.tablespaces = {{"tbs1", "/srv/ts1", 16384}};
  backup.method = "rsync-concurrent";
  backup.size = 4 * mebibyte;
  backup.saved = CopiedBackup::Saved{3 * mebibyte, 0.12345};
  backup.timeline = 1;
  backup.begin_wal = backup.end_wal = "000000010000000000000016";
  backup.begin_offset = 40;
  backup.end_offset = 0;
  backup.begin_lsn = "0/16000028";
  backup.end_lsn = "0/17000000";
  backup.begin_time = backup.end_time = end_time;
  backup.copy = CopiedBackup::Copy{2.5, 1.25, 1024.9, 4};
  backup.wal_count = 1;
  backup.wal_size = 16 * mebibyte;
  backup.later_wal_count = 2;
  backup.later_wal_size = 8 * mebibyte;
  backup.later_wal_compression = 0.75;
  backup.wals_per_second = 0.5;
  backup.last_wal = "000000010000000000000018";
  backup.previous = "20261121T092332";
  return report;
}

TEST(BackupDetailsOutput, ShowsEverySection) {
  EXPECT_THAT(
      console(details()),
      ElementsAre(
          "Backup 20261121T092554:", "  Server Name            : main",
          "  System Id              : 7710552433441762677", "  Status                 : DONE",
          "  PostgreSQL Version     : 150020", "  PGDATA directory       : /srv/pg",
          "  Estimated Cluster Size : 30.0 MiB", "", "  Server information:", "    Checksums            : on", "",
          "  Tablespaces:", "    tbs1                 : /srv/ts1 (oid: 16384)", "",
          "  Base backup information:", "    Backup Method        : rsync-concurrent",
          "    Backup Size          : 4.0 MiB (20.0 MiB with WALs)", "    WAL Size             : 16.0 MiB",
          "    Resources saved      : 3.0 MiB (12.35%)", "    Timeline             : 1",
          "    Begin WAL            : 000000010000000000000016", "    End WAL              : 000000010000000000000016",
          "    Number of WALs       : 1", "    Begin time           : 2026-11-21 09:26:05.279662+00:00",
          "    End time             : 2026-11-21 09:26:05.279662+00:00",
          "    Copy time            : 2 seconds + 1 second startup", "    Estimated throughput : 1.0 KiB/s (4 jobs)",
          "    Begin Offset         : 40", "    End Offset           : 0", "    Begin LSN            : 0/16000028",
          "    End LSN              : 0/17000000", "", "  WAL information:", "    Number of files      : 2",
          "    Disk usage           : 8.0 MiB", "    WAL rate             : 1800.00/hour",
          "    Compression ratio    : 75.00%", "    Last available       : 000000010000000000000018", "",
          "  Catalog information:", "    Retention Policy     : not enforced",
          "    Previous Backup      : 20261121T092332",
          "    Next Backup          : - (this is the latest base backup)"));
}

TEST(BackupDetailsOutput, ShowsTheSnapshotsOfDisks) {
  BackupDetails report = details();
  report.copied->snapshots =
      "{'provider': 'gcp', 'provider_info': {'project': 'p1'}, 'snapshots': [{'mount': {'mount_options': 'rw,noatime', "
      "'mount_point': '/opt/disk0'}, 'provider': {'device_name': 'dev0', 'snapshot_name': 'snap0', "
      "'snapshot_project': 'p1'}}, {'provider': {}}]}";
  const auto lines = console(report);
  const auto from = std::ranges::find(lines, "  Snapshot information:"),
             to = std::ranges::find(lines, "  Tablespaces:");
  ASSERT_TRUE(from < to);
  EXPECT_THAT(std::vector<std::string>(from, to),
              ElementsAre("  Snapshot information:", "    provider             : gcp", "    project              : p1",
                          "", "    device_name          : dev0", "    snapshot_name        : snap0",
                          "    snapshot_project     : p1", "    Mount point          : /opt/disk0",
                          "    Mount options        : rw,noatime", "", "    device_name          : None",
                          "    snapshot_name        : None", "    snapshot_project     : None",
                          "    Mount point          : None", "    Mount options        : None", ""));
  EXPECT_THAT(
      json(report),
      testing::HasSubstr(
          R"("snapshots_info": {"provider": "gcp", "provider_info": {"project": "p1"}, "snapshots": [{"mount": )"
          R"({"mount_options": "rw,noatime", "mount_point": "/opt/disk0"}, "provider": {"device_name": "dev0", )"
          R"("snapshot_name": "snap0", "snapshot_project": "p1"}}, {"mount": {"mount_options": null, )"
          R"("mount_point": null}, "provider": {"device_name": null, )"));
}

TEST(BackupDetailsOutput, IncrementsTellTheirChain) {
  BackupDetails report = details();
  report.copied->type = "incremental";
  report.copied->by_pg_basebackup = true;
  report.copied->chain = CopiedBackup::Chain{"20261121T090000", "20261121T091000", 3, {}};
  report.copied->children = {"20261121T093000", "20261121T094000"};
  const auto lines = console(report);
  const std::vector<std::string> tail(lines.end() - 4, lines.end());
  EXPECT_THAT(
      tail, ElementsAre("    Root Backup          : 20261121T090000", "    Parent Backup        : 20261121T091000",
                        "    Backup chain size    : 3", "    Children Backup(s)   : 20261121T093000,20261121T094000"));
  EXPECT_THAT(lines, Contains("    Backup Type          : incremental"));
}

TEST(BackupDetailsOutput, SaysWhyAChainCannotBeRestored) {
  BackupDetails report = details();
  report.copied->chain = CopiedBackup::Chain{"20261121T091000", "20261121T090000", 1, "it is torn"};
  EXPECT_EQ(console(report).back(), "    Not restorable       : it is torn");
  EXPECT_THAT(json(report), testing::HasSubstr(R"("not_restorable": "it is torn")"));
}

TEST(BackupDetailsOutput, OtherTimelinesAreWarnedAbout) {
  BackupDetails report = details();
  report.copied->timelines = {2, 3};
  const auto lines = console(report);
  EXPECT_THAT(lines, Contains("    Reachable timelines  : 2, 3"));
  EXPECT_EQ(lines.back(),
            "WARNING: WAL information is inaccurate due to multiple timelines interacting with this backup");
  EXPECT_THAT(json(report), testing::HasSubstr(R"("timelines": ["2", "3"])"));
}

TEST(BackupDetailsOutput, LeavesOutWhatIsNotKnown) {
  BackupDetails report = details();
  report.data_checksums.reset();
  report.copied->tablespaces.clear();
  report.copied->compression = "none";
  report.copied->copy.reset();
  report.copied->wal_size = report.copied->wal_count = 0;
  report.copied->wals_per_second.reset();
  report.copied->later_wal_compression = 0;
  const auto lines = console(report);
  for (const char* name :
       {"  Server information", "  Tablespaces", "    Backup Compression", "    Copy time", "    WAL Size",
        "    Number of WALs", "    WAL rate", "    Compression ratio", "    Estimated throughput"})
    EXPECT_THAT(lines, Not(Contains(StartsWith(name))));
  EXPECT_THAT(lines, Contains("    Backup Size          : 4.0 MiB"));
  EXPECT_THAT(json(report), testing::HasSubstr(R"("compression_ratio": 0)"));
  EXPECT_THAT(json(report), testing::HasSubstr(R"("wal_rate": 0, "wal_rate_per_second": 0)"));
}

TEST(BackupDetailsOutput, AFailedBackupShowsItsError) {
  BackupDetails report;
  report.server = "main";
  report.id = "20261121T092554";
  report.status = "FAILED";
  report.error = "failure copying files (boom)";
  report.data_checksums = "on";
  EXPECT_THAT(console(report), ElementsAre("Backup 20261121T092554:", "  Server Name            : main",
                                           "  Status                 : FAILED", "",
                                           "  Server information:", "    Checksums            : on", "",
                                           "  Error                  : failure copying files (boom)"));
  EXPECT_EQ(json(report),
            R"x({"main": {"backup_id": "20261121T092554", "error": "failure copying files (boom)", )x"
            R"("server_information": {"data_checksums": "on", "summarize_wal": null}, "status": "FAILED"}})");
}

TEST(KeepStatusOutput, NamesTheTarget) {
  EXPECT_THAT(console(KeepStatus{"main", "standalone"}), ElementsAre("Server main:", "\tKeep: standalone"));
  EXPECT_EQ(json(KeepStatus{"main", "nokeep"}),
            R"({"main": {"keep_status": {"description": "Keep", "message": "nokeep"}}})");
}

TEST(RestoreReportOutput, EndsWithWhatToDoNext) {
  RestoreReport report;
  EXPECT_THAT(output::console_text(report), testing::EndsWith("successfully prepared for recovery!\n"));
  EXPECT_EQ(output::json_of(report)["next_steps"], nlohmann::json::array());
  report.next_steps = {{"Start it.", "pg_ctl start"}, {"See.", {}}};
  EXPECT_THAT(output::console_text(report), testing::EndsWith("prepared for recovery!\n"
                                                              "\n"
                                                              "What to do next:\n"
                                                              "   1. Start it.\n"
                                                              "        pg_ctl start\n"
                                                              "   2. See.\n"));
  EXPECT_EQ(output::json_of(report)["next_steps"],
            nlohmann::json::parse(
                R"([{"text": "Start it.", "command": "pg_ctl start"}, {"text": "See.", "command": null}])"));
}

}  // namespace
}  // namespace barman::report
