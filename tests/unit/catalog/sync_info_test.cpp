#include "barman/catalog/sync_info.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "fixture.h"

namespace barman::catalog {

namespace {

std::string wal(int number) { return fmt::format("00000001000000000000000{}", number); }

class ToldToAPassiveNode : public ServerDirectory {
 protected:
  void backup(const std::string& id, int begin) {
    write("s/meta/" + id + "-backup.info",
          fmt::format("server_name=s\nmode=postgres\nstatus=DONE\nbegin_wal={}\nend_wal={}\nsize=1\n", wal(begin),
                      wal(begin)));
    fs::make_directories(path("s/base/" + id + "/data"));
  }
  void index(const std::vector<int>& numbers) {
    std::string lines;
    for (const int number : numbers) lines += wal(number) + "\t5\t1.0\tNone\tNone\n";
    write("s/wals/s-xlog.db", lines);
  }
  SyncInfo told(const std::optional<std::string>& last = {}) {
    return collect_sync_info(BackupCatalog(config_), XlogDb(config_, locks_), last,
                             [&](std::string_view name) { return missing_ != name; });
  }
  static std::vector<std::string> names(const SyncInfo& info) {
    std::vector<std::string> all;
    for (const WalEntry& entry : info.wals) all.push_back(entry.name);
    return all;
  }
  std::string missing_;
};
using Names = std::vector<std::string>;

TEST_F(ToldToAPassiveNode, TheWalOfEveryBackupWhateverTheOrderOfTheirIds) {
  backup("20260101T010000", 4);  // the clock had been set back
  backup("20260101T020000", 2);
  index({1, 2, 3, 4});
  EXPECT_EQ(names(told()), (Names{wal(2), wal(3), wal(4)}));
  EXPECT_EQ(told().last_name, wal(4));
}

TEST_F(ToldToAPassiveNode, AllWalWhereThereIsNoBackup) {
  index({1, 2});
  EXPECT_EQ(names(told()), (Names{wal(1), wal(2)}));
}

TEST_F(ToldToAPassiveNode, NothingThatIsNotThere) {
  backup("20260101T010000", 1);
  backup("20260101T020000", 3);
  fs::remove_tree(path("s/base/20260101T020000"));
  index({1, 2, 3});
  missing_ = wal(2);
  const SyncInfo info = told();
  EXPECT_EQ(names(info), (Names{wal(1), wal(3)}));
  EXPECT_EQ(info.backups.size(), 1U);
  EXPECT_EQ(info.last_name, wal(3));
  EXPECT_EQ(names(told(wal(1))), Names{wal(3)});
}

}  // namespace

namespace {

// What Barman 3.20.1 prints, less options and backup fields that say nothing more.
constexpr const char* answer = R"json({
    "last_position": 369,
    "last_name": "00000001000000000000000E.00000028.backup",
    "backups": {
        "20261121T131046": {
            "backup_label": "'START WAL LOCATION: 0/A00028\\nLABEL: it\\'s\\n'",
            "begin_offset": 40,
            "begin_time": "Sat Nov 21 13:10:46 2026",
            "begin_wal": "00000001000000000000000A",
            "children_backup_ids": null,
            "copy_stats": {
                "total_time": 3.652557,
                "number_of_workers": 1,
                "analysis_time_per_item": {
                    "ts_a": 0.0,
                    "pgdata": 0.0
                }
            },
            "end_time": "Sat Nov 21 13:10:50 2026",
            "included_files": [
                "/pg/data/postgresql.auto.conf"
            ],
            "mode": "rsync-concurrent",
            "server_name": "main",
            "size": 23566101,
            "status": "DONE",
            "tablespaces": [
                [
                    "ts_a",
                    16386,
                    "/pg/ts_a"
                ]
            ],
            "xlog_segment_size": 1048576,
            "backup_id": "20261121T131046",
            "begin_time_iso": "2026-11-21T13:10:46.597043+00:00",
            "end_time_iso": "2026-11-21T13:10:50.301079+00:00"
        }
    },
    "wals": [
        {
            "compression": "gzip",
            "encryption": null,
            "name": "00000001000000000000000A",
            "size": 1240,
            "time": 1795266650.2990801
        }
    ],
    "version": "3.20.1",
    "config": {
        "basebackups_directory": "/home/main/base",
        "compression": "gzip",
        "wals_directory": "/home/main/wals",
        "name": "main"
    }
})json";

TEST(PrimaryInfo, ReadsTheReferencesAnswer) {
  const PrimaryInfo info = parse_primary_info(answer);
  EXPECT_EQ(info.last_name, "00000001000000000000000E.00000028.backup");
  EXPECT_EQ(info.last_position, 369);
  EXPECT_EQ(info.compression, "gzip");
  EXPECT_EQ(info.basebackups_directory, "/home/main/base");
  EXPECT_EQ(info.wals_directory, "/home/main/wals");
  ASSERT_EQ(info.wals.size(), 1U);
  EXPECT_EQ(serialize(info.wals[0]), "00000001000000000000000A\t1240\t1795266650.2990801\tgzip\tNone\n");
  const BackupInfo& backup = info.backups.at("20261121T131046");
  EXPECT_EQ(backup.status, BackupStatus::done);
  EXPECT_EQ(backup.backup_label, "START WAL LOCATION: 0/A00028\nLABEL: it's\n");
  EXPECT_EQ(to_python(*backup.begin_time), "2026-11-21 13:10:46.597043+00:00");
  const std::string text = serialize(backup);
  for (const char* line :
       {"copy_stats={'total_time': 3.652557, 'number_of_workers': 1, 'analysis_time_per_item': "
        "{'ts_a': 0.0, 'pgdata': 0.0}}\n",
        "tablespaces=[('ts_a', 16386, '/pg/ts_a')]\n", "included_files=['/pg/data/postgresql.auto.conf']\n",
        "size=23566101\n", "end_time=2026-11-21 13:10:50.301079+00:00\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
}

TEST(PrimaryInfo, RefusesWhatItCannotTrust) {
  const std::string good = answer;
  for (const auto& [from, to] :
       std::vector<std::pair<const char*, const char*>>{{"\"20261121T131046\": {", "\"../../etc\": {"},
                                                        {"\"begin_offset\"", "\"unheard_of\""},
                                                        {"\"last_position\": 369", "\"last_position\": \"x\""},
                                                        {"\"wals_directory\"", "\"no_directory\""},
                                                        {"\"size\": 1240", "\"size\": null"},
                                                        {"\"size\": 1240", "\"size\": -1"},
                                                        {"\"size\": 1240", "\"size\": 18446744073709551615"},
                                                        {"\"last_position\": 369", "\"last_position\": -369"},
                                                        {"00000001000000000000000A\",", "a\\nb\","},
                                                        {"00000001000000000000000A\",", "a b\","},
                                                        {"\"gzip\"", "\"g\\tzip\""},
                                                        {"\"gzip\"", "\"\""},
                                                        {"{", "["}})
    EXPECT_THROW(parse_primary_info(replace_all(good, from, to)), Error) << from;
  EXPECT_THROW(parse_primary_info(""), Error);
}

TEST(PrimaryInfo, RefusesWhatNestsWithoutEnd) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_THROW(parse_primary_info(deep), Error);
  EXPECT_THROW(parse_primary_info(replace_all(answer, "\"gzip\"", deep)), Error);
}

TEST(PrimaryInfo, NamesTheBackupThatItCannotRead) {
  try {
    parse_primary_info(replace_all(answer, "\"begin_offset\"", "\"unheard_of\""));
    FAIL();
  } catch (const Error& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("backup 20261121T131046: Unsupported field")) << error.what();
    EXPECT_EQ(error.hint(), "look at what sync-info says of backup 20261121T131046 on the primary node");
  }
}

}  // namespace

}  // namespace barman::catalog
