#include "barman/catalog/xlogdb.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "barman/core/error.h"
#include "fixture.h"

namespace barman::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct LineCase {
  const char* label;
  const char* line;
  const char* want;  // as serialised, without newline; nullptr: refused
};
class WalLine : public testing::TestWithParam<LineCase> {};

TEST_P(WalLine, IsReadAsTheReferenceReadsIt) {
  if (!GetParam().want) {
    EXPECT_THROW(parse_wal_entry(GetParam().line), Error);
    return;
  }
  EXPECT_EQ(serialize(parse_wal_entry(GetParam().line)), std::string(GetParam().want) + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    Lines, WalLine,
    testing::Values(
        LineCase{"current", "000000010000000000000006\t16777216\t1795253022.8066106\tNone\tNone",
                 "000000010000000000000006\t16777216\t1795253022.8066106\tNone\tNone"},
        LineCase{"compressed", "000000010000000000000006\t42\t1700000000.0\tgzip\tgpg",
                 "000000010000000000000006\t42\t1700000000.0\tgzip\tgpg"},
        LineCase{"compressed_time_twice_a_point", "x\t42\t1.2.3\tgzip\tNone", nullptr},
        LineCase{"compressed_and_a_blank", "x\t42\t1.5\tgzip \tNone", "x\t42\t1.5\tgzip\tNone"},
        LineCase{"compressed_and_a_carriage_return", "x\t42\t1.5\tgzip\tgpg\r", "x\t42\t1.5\tgzip\tgpg"},
        LineCase{"compressed_six_columns", "x\t42\t1.5\tgzip\tNone\tNone", nullptr},
        LineCase{"compressed_two_tabs", "x\t42\t1.5\t\tgzip", "x\t42\t1.5\tgzip\tNone"},
        LineCase{"compressed_four_columns", "x\t42\t1.5\tgzip\t", "x\t42\t1.5\tgzip\tNone"},
        LineCase{"huge_size", "x\t12345678901234567890123\t1.0\tNone\tNone", nullptr},
        LineCase{"largest_size", "x\t9223372036854775807\t1.0\tNone\tNone", "x\t9223372036854775807\t1.0\tNone\tNone"},
        LineCase{"no_name", "\t42\t1.0\tNone\tNone", nullptr}, LineCase{"no_size", "x\t\t1.0\tNone\tNone", nullptr},
        LineCase{"negative_size", "x\t-1\t1.0\tNone\tNone", "x\t-1\t1.0\tNone\tNone"},
        LineCase{"blank_in_name", "x y\t42\t1.5\tgzip\tNone", nullptr},
        LineCase{"blank_in_long_name", "0000000100000000 0000006\t42\t1.5\tgzip\tNone", nullptr},
        LineCase{"long_fraction", "x\t42\t1.50000000000000000000000000000\tgzip\tNone", "x\t42\t1.5\tgzip\tNone"},
        LineCase{"time_without_fraction", "x\t1\t1.\tNone\tNone", "x\t1\t1.0\tNone\tNone"},
        LineCase{"time_twice_a_point", "x\t1\t1.2.3\tNone\tNone", nullptr},
        LineCase{"four_columns", "00000002.history\t42\t1700000000.5\tpigz",
                 "00000002.history\t42\t1700000000.5\tpigz\tNone"},
        LineCase{"three_columns", "x 42 1700000000", "x\t42\t1700000000.0\tNone\tNone"},
        LineCase{"any_white_space", "  x \t 42\t\t1e3 None\tNone\r", "x\t42\t1000.0\tNone\tNone"},
        LineCase{"empty", "", nullptr}, LineCase{"blank", " \t", nullptr}, LineCase{"two_columns", "x\t42", nullptr},
        LineCase{"six_columns", "x\t42\t1.0\tNone\tNone\tNone", nullptr},
        LineCase{"size_not_a_number", "x\tbig\t1.0\tNone\tNone", nullptr},
        LineCase{"size_with_fraction", "x\t1.5\t1.0\tNone\tNone", nullptr},
        LineCase{"time_not_a_number", "x\t42\tnow\tNone\tNone", nullptr}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(WalLine, RefusesATimeBeyondANumber) {
  EXPECT_THROW(parse_wal_entry("x\t42\t" + std::string(400, '1') + ".0\tgzip\tNone"), Error);
}

class Index : public ServerDirectory {
 protected:
  static constexpr const char* file = "s/wals/s-xlog.db";
  XlogDb db() const { return {config_, locks_}; }
  static WalEntry entry(int number) {
    return {fmt::format("0000000100000000{:08X}", number), 100 + number, 1700000000.5, std::nullopt, std::nullopt};
  }
  static std::string lines(const std::vector<int>& numbers) {
    std::string text;
    for (const int number : numbers) text += serialize(entry(number));
    return text;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    db().for_each([&](const WalEntryView& view) {
      result.emplace_back(view.name);
      return true;
    });
    return result;
  }
};

TEST_F(Index, ThatIsAbsentIsEmpty) {
  EXPECT_TRUE(names().empty());
  EXPECT_TRUE(db().empty());
  EXPECT_EQ(db().prune([](const WalEntryView&) { return false; }), 0U);
  EXPECT_FALSE(fs::exists(path(file)));
}

TEST_F(Index, IsVisitedInFileOrderUntilTold) {
  write(file, lines({3, 1, 2}));
  std::string seen;
  db().for_each([&](const WalEntryView& view) {
    seen += fmt::format("{}:{}:{} ", view.name.back(), view.size, view.time());
    return view.name.back() != '1';
  });
  EXPECT_EQ(seen, "3:103:1700000000.5 1:101:1700000000.5 ");
}

TEST_F(Index, AppendsWholeLines) {
  {
    XlogDb index = db();
    XlogDb::Appender appender = index.append();
    appender.append(entry(1));
    appender.append({"x", 5, 2, "gzip", "gpg"});
    appender.sync();
  }
  EXPECT_EQ(read(file), lines({1}) + "x\t5\t2.0\tgzip\tgpg\n");
  db().append().append(entry(2));
  EXPECT_THAT(names(), ElementsAre(entry(1).name, "x", entry(2).name));
}

TEST_F(Index, CutsOffATornLineAndTellsIt) {
  write(file, lines({1}) + "0000000100000000");
  {
    auto appender = db().append();
    EXPECT_EQ(appender.torn_line(), "0000000100000000");
    appender.append(entry(2));
  }
  EXPECT_EQ(read(file), lines({1}) + lines({2}));
  EXPECT_EQ(db().append().torn_line(), "");
  write(file, std::string(10000, 'x'));
  EXPECT_EQ(db().append().torn_line(), std::string(10000, 'x'));
  EXPECT_EQ(read(file), "");
}

TEST_F(Index, AddsAMissingLineInItsPlace) {
  EXPECT_EQ(db().put(entry(5)), XlogDb::Change::added);
  EXPECT_EQ(db().put(entry(7)), XlogDb::Change::added);
  EXPECT_EQ(read(file), lines({5}) + lines({7})) << "at the end";
  EXPECT_EQ(db().put(entry(6)), XlogDb::Change::added);
  EXPECT_EQ(db().put(entry(1)), XlogDb::Change::added);
  EXPECT_EQ(read(file), lines({1}) + lines({5}) + lines({6}) + lines({7})) << "among the others";
  EXPECT_EQ(db().put(entry(6)), XlogDb::Change::none);
  EXPECT_EQ(read(file), lines({1}) + lines({5}) + lines({6}) + lines({7}));
}

TEST_F(Index, CorrectsALineOfAnotherSize) {
  db().put(entry(1)), db().put(entry(2)), db().put(entry(3));
  WalEntry larger = entry(2);
  larger.size += 100;
  bool called = false;
  EXPECT_EQ(db().put(larger, [&] { called = true; }), XlogDb::Change::corrected);
  EXPECT_TRUE(called);
  EXPECT_EQ(read(file), lines({1}) + serialize(larger) + lines({3}));
  write(file, lines({1}) + serialize(larger) + lines({2}) + lines({3}));
  EXPECT_EQ(db().put(larger), XlogDb::Change::corrected);
  EXPECT_EQ(read(file), lines({1}) + serialize(larger) + lines({3})) << "one line";
}

TEST_F(Index, ALineOfZerosIsToldInAFewPlainWords) {
  write(file, lines({1}) + std::string(100'000, '\0') + "\n");
  try {
    db().for_each([](const WalEntryView&) { return true; });
    FAIL();
  } catch (const Error& error) {
    const std::string told = error.what();
    EXPECT_EQ(told.find('\0'), std::string::npos);
    EXPECT_NE(told.find("'\\x00\\x00"), std::string::npos) << told;
    EXPECT_LT(told.size(), 1200U);
  }
}

TEST_F(Index, AddsAMissingLineWithinItsTimeline) {
  const std::string other = "00000002.history\t1\t1.0\tNone\tNone\n000000020000000000000009\t1\t1.0\tNone\tNone\n";
  write(file, other + "bad line\n" + lines({3}));
  EXPECT_EQ(db().put(entry(2)), XlogDb::Change::added);
  EXPECT_EQ(read(file), other + "bad line\n" + lines({2}) + lines({3}));
  write(file, other);
  EXPECT_EQ(db().put(entry(2)), XlogDb::Change::added);
  EXPECT_EQ(read(file), other + lines({2}));
}

TEST_F(Index, AddsManyMissingLinesAtOnce) {
  const std::string other = "00000002.history\t1\t1.0\tNone\tNone\n";
  EXPECT_EQ(db().add_missing({entry(4), entry(2)}), 2U);
  EXPECT_EQ(read(file), lines({2}) + lines({4}));
  write(file, other + lines({2}) + "bad line\n" + lines({4}) + "torn");
  EXPECT_EQ(db().add_missing({entry(5), entry(4), entry(3), entry(1)}), 3U);
  EXPECT_EQ(read(file), other + lines({1}) + lines({2}) + "bad line\n" + lines({3}) + lines({4}) + lines({5}));
  EXPECT_EQ(db().add_missing({entry(5), entry(1)}), 0U);
}

TEST_F(Index, TellsBadLinesWithPlaceAndRemedy) {
  write(file, lines({1}) + "garbage\n" + lines({2}));
  try {
    names();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::corrupt);
    EXPECT_EQ(error.what(), fmt::format("cannot parse line 2 of {}: 'garbage'", path(file)));
    EXPECT_EQ(error.hint(), "Please run \"barman rebuild-xlogdb s\" to solve this issue");
  }
  int good = 0, bad = 0;
  db().for_each([&](const WalEntryView&) { return ++good > 0; }, [&](const Error&) { ++bad; });
  EXPECT_EQ(good, 2);
  EXPECT_EQ(bad, 1);
}

TEST_F(Index, ReadsLinesAcrossItsBuffer) {
  constexpr int line_count = 6000;  // more than the reader buffers at once
  std::string text;
  for (int number = 0; number < line_count; ++number) text += serialize(entry(number));
  text += "long " + std::string(600000, '0') + "1 1.0\n";
  write(file, text);
  int next = 0;
  db().for_each([&](const WalEntryView& view) {
    if (next == line_count)
      EXPECT_EQ(view.size, 1);
    else
      EXPECT_EQ(view.name, entry(next).name);
    ++next;
    return true;
  });
  EXPECT_EQ(next, line_count + 1);
}

TEST_F(Index, PruneKeepsTheOtherLinesAsTheyAre) {
  write(file, "a 1 1.0\n" + lines({1, 2}) + "b\t1\t1\tgzip\n" + lines({3}) + "c 1 1");
  std::string dropped;
  const std::size_t count =
      db().prune([](const WalEntryView& view) { return view.name.size() == 1 || view.name.back() == '2'; },
                 [&](const WalEntryView& view) { dropped += view.name.back(); });
  EXPECT_EQ(count, 2U);
  EXPECT_EQ(dropped, "13");
  EXPECT_EQ(read(file), "a 1 1.0\n" + lines({2}) + "b\t1\t1\tgzip\nc 1 1\n");
}

TEST_F(Index, PruneMayLeaveNothing) {
  write(file, lines({1, 2}));
  EXPECT_EQ(db().prune([](const WalEntryView&) { return false; }), 2U);
  EXPECT_TRUE(fs::exists(path(file)));
  EXPECT_TRUE(db().empty());
}

TEST_F(Index, PruneOfNothingDoesNotTouchTheFile) {
  write(file, lines({1, 2}));
  const auto before = fs::stat_if_exists(path(file))->st_ino;
  EXPECT_EQ(db().prune([](const WalEntryView&) { return true; }, [](const WalEntryView&) { FAIL(); }), 0U);
  EXPECT_EQ(fs::stat_if_exists(path(file))->st_ino, before);
}

TEST_F(Index, PruneKeepsTheModeOfTheFile) {
  write(file, lines({1, 2}));
  ::chmod(path(file).c_str(), 0600);
  db().prune([](const WalEntryView& view) { return view.name.back() == '1'; });
  EXPECT_EQ(fs::stat_if_exists(path(file))->st_mode & 0777, 0600U);
}

TEST_F(Index, PruneThatMeetsABadLineHasDoneNothing) {
  const std::string before = lines({1, 2}) + "garbage\n";
  write(file, before);
  EXPECT_THROW(db().prune([](const WalEntryView&) { return false; }, [](const WalEntryView&) { FAIL(); }), Error);
  EXPECT_EQ(read(file), before);
  EXPECT_EQ(fs::list_directory(path("s/wals")).size(), 1U);
}

TEST_F(Index, AnUnfinishedLastLineIsNobodys) {
  write(file, lines({1, 2}) + "000000010000000000000003\t1677");
  std::string seen;
  db().for_each([&](const WalEntryView& view) {
    seen += view.name.back();
    return true;
  });
  EXPECT_EQ(seen, "12");
  EXPECT_EQ(db().prune([](const WalEntryView& view) { return view.name.back() == '2'; }), 1U);
  EXPECT_EQ(read(file), lines({2}));
}

TEST_F(Index, PruneTellsWhenAllIsDroppedBeforeTheLinesGo) {
  write(file, lines({1, 2}));
  const std::string before = read(file);
  std::string order;
  db().prune([](const WalEntryView&) { return false; }, [&](const WalEntryView& view) { order += view.name.back(); },
             [&] {
               order += '!';
               EXPECT_EQ(read(file), before);
             });
  EXPECT_EQ(order, "12!");
}

TEST_F(Index, PruneThatIsInterruptedLeavesTheIndexWhole) {
  write(file, lines({1, 2, 3}));
  EXPECT_THROW(db().prune([](const WalEntryView&) { return false; },
                          [](const WalEntryView& view) {
                            if (view.name.back() == '2') throw Error(Errc::io, "disk gone");
                          }),
               Error);
  EXPECT_EQ(read(file), lines({1, 2, 3}));
  EXPECT_EQ(fs::list_directory(path("s/wals")).size(), 1U);
}

TEST_F(Index, RebuildReplacesEverything) {
  write(file, "garbage\n");
  db().rebuild([](const auto& add) {
    add(entry(7));
    add(entry(8));
  });
  EXPECT_EQ(read(file), lines({7, 8}));
  EXPECT_THROW(db().rebuild([](const auto& add) {
    add(entry(9));
    throw Error(Errc::io, "unreadable directory");
  }),
               Error);
  EXPECT_EQ(read(file), lines({7, 8}));
}

TEST_F(Index, EnsureMakesOnlyAMissingOne) {
  write("s/wals/xlog.db", "old\n");
  int calls = 0;
  const auto produce = [&](const auto& add) {
    ++calls;
    add(entry(7));
  };
  XlogDb index = db();
  index.ensure(produce);
  index.ensure(produce);
  EXPECT_EQ(read("s/wals/s-xlog.db.old"), "old\n");
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(read(file), lines({7}));
  EXPECT_EQ(read("s/wals/xlog.db"), lines({7})) << "the old place leads to the new index";
}

TEST_F(Index, EnsureLeavesAServerWithoutDirectoriesAlone) {
  config_.xlogdb_directory = path("s/other");
  db().ensure([](const auto&) { FAIL(); });
  EXPECT_FALSE(fs::exists(path("s/other")));
}

TEST_F(Index, EveryAccessHoldsTheLock) {
  write(file, lines({1, 2}));
  const auto busy = [&] { return !fs::LockFile::try_acquire(locks_.xlogdb()).has_value(); };
  db().for_each([&](const WalEntryView&) {
    EXPECT_TRUE(busy());
    return true;
  });
  {
    XlogDb index = db();
    const XlogDb::Appender appender = index.append();
    EXPECT_TRUE(busy());
  }
  db().prune([&](const WalEntryView&) {
    EXPECT_TRUE(busy());
    return true;
  });
  EXPECT_FALSE(busy());
}

TEST_F(Index, ScanListsTheArchiveInRebuildOrder) {
  for (const char* name :
       {"0000000200000000/000000020000000000000003", "0000000100000000/000000010000000000000002.00000028.backup",
        "0000000100000000/000000010000000000000002", "0000000100000000/000000010000000000000001", "00000002.history",
        "0000000100000000/000000010000000000000003.partial", "0000000100000000/000000010000000000000004.tmp",
        "0000000100000000/sub/x", "sync-wals.info", "s-xlog.db", "s-xlog.db.old", "xlog.db"})
    write(std::string("s/wals/") + name, "12345");
  std::vector<std::string> found, unexpected;
  const RebuildCounts counts = scan_archive(
      config_, [](const std::string&, WalEntry& entry) { entry.compression = "gzip"; },
      [&](const WalEntry& entry) {
        EXPECT_EQ(entry.size, 5);
        EXPECT_EQ(entry.compression, "gzip");
        found.push_back(entry.name);
      },
      [&](const std::string& where) { unexpected.push_back(where.substr(path("s/wals/").size())); });
  EXPECT_THAT(found,
              ElementsAre("000000010000000000000001", "000000010000000000000002",
                          "000000010000000000000002.00000028.backup", "00000002.history", "000000020000000000000003"));
  EXPECT_THAT(unexpected,
              ElementsAre("0000000100000000/000000010000000000000003.partial",
                          "0000000100000000/000000010000000000000004.tmp", "0000000100000000/sub", "sync-wals.info"));
  EXPECT_EQ(counts.history, 1);
  EXPECT_EQ(counts.backup_labels, 1);
  EXPECT_EQ(counts.wal_files, 3);
}

}  // namespace
}  // namespace barman::catalog
