#include "ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "copy_fixture.h"

namespace barman::cloud_copy {
namespace {

using catalog::KeepTarget;
using cloud::FinishedArchive;
using testing::ElementsAre;
using testing::IsEmpty;

class Ledgers : public testing::Test {
 protected:
  static FinishedArchive archive(int number, const std::string& last) {
    return {.name = "data",
            .number = number,
            .key = fmt::format("a place/with blanks/data_{:04}.tar.zst", number),
            .size = 5,
            .members = 7,
            .last_member = last,
            .ends_tree = number == 1};
  }
  fakes::ServerOnDisk disk_;
};

TEST_F(Ledgers, SayTheSameWhenTheyAreReadAgain) {
  const catalog::BackupInfo info = finished_backup(1, 2, 3);
  {
    Ledger ledger(disk_.config);
    EXPECT_FALSE(ledger.is_of("s3://a main"));
    ledger.begin_anew();
    ledger.put_entry(info.backup_id, serialize(info));
    ledger.put_keep(info.backup_id, KeepTarget::standalone);
    ledger.wals().add({segment_name(2), "00000002.history", segment_name(1)});
    ledger.note({.last_success = parse_timestamp("2026-01-01 00:00:00.5+00"),
                 .failed_at = parse_timestamp("2026-01-02 00:00:00+00"),
                 .failure = "two\nlines"});
    ledger.complete("s3://a main");
  }
  Ledger ledger(disk_.config);
  EXPECT_TRUE(ledger.is_of("s3://a main"));
  EXPECT_FALSE(ledger.is_of("s3://b main"));
  EXPECT_EQ(ledger.entry(info.backup_id), serialize(info));
  EXPECT_EQ(ledger.keeps().at(info.backup_id), KeepTarget::standalone);
  EXPECT_THAT(ledger.kept_by_others(), IsEmpty());
  for (const std::string& name : {segment_name(1), segment_name(2), std::string("00000002.history")})
    EXPECT_TRUE(ledger.wal_names().holds(name)) << name;
  EXPECT_FALSE(ledger.wal_names().holds(segment_name(3)));
  EXPECT_EQ(ledger.outcomes().last_success, parse_timestamp("2026-01-01 00:00:00.5+00"));
  EXPECT_EQ(ledger.outcomes().failure, "two lines");
  ledger.put_keep(info.backup_id, KeepTarget::full, Ledger::Keeper::others);
  EXPECT_THAT(Ledger(disk_.config).kept_by_others(), ElementsAre(info.backup_id));
  ledger.forget(info.backup_id);
  EXPECT_THAT(Ledger(disk_.config).backups(), IsEmpty());
  EXPECT_THAT(Ledger(disk_.config).keeps(), IsEmpty());
}

TEST_F(Ledgers, RememberArchives) {
  const std::string id = "20260101T000000";
  Ledger ledger(disk_.config);
  ledger.begin_anew();
  const auto journal = ledger.journal(id, ".zst");
  const FinishedArchive first = archive(0, "base/1/a name\nof two lines"), second = archive(1, "x");
  journal->add(first);
  journal->add(second);
  EXPECT_THAT(ledger.journal(id, ".zst")->finished("data"), ElementsAre(first, second));
  EXPECT_THAT(ledger.journal(id, ".zst")->finished("16386"), IsEmpty());
  EXPECT_THAT(ledger.journal(id, ".gz")->finished("data"), IsEmpty()) << "another compression";
  EXPECT_THAT(ledger.unfinished(), ElementsAre(id));
  ledger.forget_archives(id);
  EXPECT_THAT(ledger.unfinished(), IsEmpty());
}

// Whatever a crash has left of a line: that file is looked at once more, and the next one is found.
TEST_F(Ledgers, DoNotBelieveALineThatWasCutOff) {
  const std::string path = disk_.path("wals");
  disk_.write("wals", segment_name(1) + "\n" + segment_name(2).substr(0, 20));
  WalList list(path);
  EXPECT_EQ(list.names().size(), 1U);
  list.add({segment_name(3)});
  EXPECT_TRUE(WalList(path).names().holds(segment_name(3)));
  EXPECT_FALSE(WalList(path).names().holds(segment_name(2)));
  list.keep([](std::string_view name) { return name != segment_name(1); });
  EXPECT_EQ(disk_.read("wals"), segment_name(3) + "\n");
  EXPECT_EQ(list.names().size(), 1U);
}

TEST(Names, ArePresentWithoutAGap) {
  WalNames names;
  for (const int segment : {4, 2, 3, 0xFE, 0xFF}) names.add(segment_name(segment));
  names.add(to_string(Segment{1, 1, 0}));
  const auto at = [](std::uint32_t log, std::uint32_t seg) { return Segment{1, log, seg}; };
  Segment missing;
  EXPECT_TRUE(names.holds_all(at(0, 2), at(0, 4), default_segment_size, &missing));
  EXPECT_FALSE(names.holds_all(at(0, 2), at(0, 6), default_segment_size, &missing));
  EXPECT_EQ(missing, at(0, 5));
  EXPECT_TRUE(names.holds_all(at(0, 0xFE), at(1, 0), default_segment_size, &missing));
}

}  // namespace
}  // namespace barman::cloud_copy
