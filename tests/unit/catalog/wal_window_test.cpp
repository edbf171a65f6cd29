#include "barman/catalog/wal_window.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include "fixture.h"

namespace barman::catalog {
namespace {

constexpr std::int64_t segment_size = 16 * 1024 * 1024;

std::string wal(int number, int timeline = 1) { return fmt::format("{:08X}{:08X}{:08X}", timeline, 0, number); }

BackupInfo backup(const std::string& id, int begin, int end, int timeline = 1) {
  BackupInfo info;
  info.backup_id = id;
  info.begin_wal = wal(begin, timeline);
  info.end_wal = wal(end, timeline);
  info.timeline = timeline;
  info.set_status(BackupStatus::done);
  return info;
}

// A counter fed with lines of one size, a second apart.
class Windows : public testing::Test {
 protected:
  void feed(const std::string& name, std::int64_t size = segment_size) {
    WalEntryView view;
    view.name = name;
    view.size = size;
    const std::string time = fmt::format("{}.0", 1000 + second_++);
    view.time_text = time;
    if (!counter_.count(view)) ++bad_;
  }
  std::string numbers(const std::string& id) const {
    const auto windows = counter_.result();
    const WalWindow& window = windows.at(id);
    return fmt::format("{}/{} {}/{} {}", window.wal_num, window.wal_until_next_num, window.wal_size / segment_size,
                       window.wal_until_next_size / segment_size, window.wal_last.value_or("none"));
  }
  WalWindowCounter counter_;
  int second_ = 0;
  int bad_ = 0;
};

TEST_F(Windows, SplitAtTheEndOfTheBackupAndStopAtTheNextOne) {
  counter_.add(backup("a", 3, 4), wal(8));
  counter_.add(backup("b", 7, 8), std::nullopt);
  for (int number = 1; number <= 10; ++number) feed(wal(number));
  EXPECT_EQ(numbers("a"), fmt::format("2/4 2/4 {}", wal(8)));
  EXPECT_EQ(numbers("b"), fmt::format("2/2 2/2 {}", wal(10)));
}

TEST_F(Windows, CountTheOrderOfAddingDoesNotMatter) {
  counter_.add(backup("b", 7, 8), std::nullopt);
  counter_.add(backup("a", 3, 4), wal(8));
  for (int number = 1; number <= 10; ++number) feed(wal(number));
  EXPECT_EQ(numbers("a"), fmt::format("2/4 2/4 {}", wal(8)));
  EXPECT_EQ(numbers("b"), fmt::format("2/2 2/2 {}", wal(10)));
}

TEST_F(Windows, LeaveOutOtherKindsAndHigherTimelines) {
  counter_.add(backup("a", 3, 3), std::nullopt);
  for (const std::string& name : {wal(3), wal(3) + ".00000028.backup", wal(4), wal(5) + ".partial",
                                  std::string("00000002.history"), wal(4, 2), wal(5, 2), wal(5)})
    feed(name);
  EXPECT_EQ(numbers("a"), fmt::format("1/2 1/2 {}", wal(5)));
  EXPECT_EQ(bad_, 0);
}

TEST_F(Windows, IncludeLowerTimelinesThatSortBehindTheBeginning) {
  counter_.add(backup("a", 3, 3, 2), std::nullopt);
  feed(wal(9, 1));
  feed(wal(3, 2));
  feed(wal(4, 2));
  EXPECT_EQ(numbers("a"), fmt::format("1/1 1/1 {}", wal(4, 2)));
}

TEST_F(Windows, CloseAtTheFirstNameBeyondTheLimit) {
  counter_.add(backup("a", 3, 3), wal(5));
  for (const int number : {3, 4, 6, 5}) feed(wal(number));
  EXPECT_EQ(numbers("a"), fmt::format("1/1 1/1 {}", wal(4)));
}

TEST_F(Windows, ReportBadNamesAndGoOn) {
  counter_.add(backup("a", 3, 3), std::nullopt);
  feed("not-a-wal");
  feed("0000");  // sorts before the window: never looked at
  feed(wal(3));
  EXPECT_EQ(bad_, 1);
  EXPECT_EQ(numbers("a"), fmt::format("1/0 1/0 {}", wal(3)));
}

TEST_F(Windows, StayNumbersWhateverSizesTheIndexTells) {
  counter_.add(backup("a", 1, 3), std::nullopt);
  for (int number = 1; number <= 3; ++number) feed(wal(number), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(counter_.result().at("a").wal_size, std::numeric_limits<std::int64_t>::max());
}

TEST_F(Windows, MeasureRateAndCompression) {
  counter_.add(backup("a", 3, 4), std::nullopt);
  feed(wal(3), segment_size / 4);
  feed(wal(4), segment_size / 4);
  feed(wal(5), segment_size / 2);
  const WalWindow window = counter_.result().at("a");
  ASSERT_TRUE(window.wals_per_second);
  EXPECT_DOUBLE_EQ(*window.wals_per_second, 1.5);
  EXPECT_DOUBLE_EQ(window.wal_compression_ratio, 0.75);
  EXPECT_DOUBLE_EQ(window.wal_until_next_compression_ratio, 0.5);
}

TEST_F(Windows, GiveNoRateWithoutTheFirstSegment) {
  counter_.add(backup("a", 3, 4), std::nullopt);
  feed(wal(4), segment_size / 4);
  feed(wal(5), segment_size / 4);
  const WalWindow window = counter_.result().at("a");
  EXPECT_FALSE(window.wals_per_second);
  EXPECT_DOUBLE_EQ(window.wal_compression_ratio, 0);
  EXPECT_EQ(window.wal_num, 1);
}

TEST_F(Windows, GiveNoRateForOneSegment) {
  counter_.add(backup("a", 3, 3), std::nullopt);
  feed(wal(3));
  EXPECT_FALSE(counter_.result().at("a").wals_per_second);
}

TEST_F(Windows, AreNotThereForBackupsWithoutWal) {
  BackupInfo info;
  info.backup_id = "a";
  counter_.add(info, std::nullopt);
  EXPECT_TRUE(counter_.result().empty());
}

class WindowsOfAServer : public ServerDirectory {};

TEST_F(WindowsOfAServer, TakeOnePassAndTellTheFirstDamage) {
  const auto info = [](const std::string& status, int begin, int end) {
    return fmt::format("mode=postgres\nstatus={}\nbegin_wal={}\nend_wal={}\ntimeline=1\n", status, wal(begin),
                       wal(end));
  };
  write("s/meta/20260101T000000-backup.info", info("DONE", 1, 1));
  write("s/meta/20260102T000000-backup.info", info("FAILED", 2, 2));
  write("s/meta/20260103T000000-backup.info", info("WAITING_FOR_WALS", 3, 4));
  std::string index;
  for (int number = 1; number <= 5; ++number) {
    index += wal(number) + "\t16777216\t1700000000.0\tNone\tNone\n";
    if (number == 2) index += "zzz\t1\t1.0\nthe end\n";
  }
  write("s/wals/s-xlog.db", index);

  const BackupCatalog catalog(config_);
  std::vector<const BackupInfo*> backups;
  for (const auto& [id, backup] : catalog.all()) backups.push_back(&backup);
  std::vector<std::string> errors;
  const auto windows = wal_windows(catalog, backups, XlogDb(config_, locks_), [&](const Error& error) {
    errors.push_back(std::string(error.what()) + "|" + error.hint());
  });
  EXPECT_THAT(errors, testing::ElementsAre(
                          "invalid WAL segment name 'zzz'|Please run \"barman rebuild-xlogdb s\" to solve this issue"));
  EXPECT_EQ(windows.at("20260101T000000").wal_until_next_num, 3);
  EXPECT_EQ(windows.at("20260103T000000").wal_num, 2);
  EXPECT_EQ(windows.at("20260103T000000").wal_until_next_num, 1);
}

}  // namespace
}  // namespace barman::catalog
