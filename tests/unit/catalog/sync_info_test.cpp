#include "barman/catalog/sync_info.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

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
}  // namespace barman::catalog
