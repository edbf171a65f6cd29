#include "barman/catalog/xlogdb.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "barman/core/error.h"
#include "index_fixture.h"

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

class Index : public IndexFixture {
 protected:
  XlogDb db() const { return {config_, locks_}; }
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

TEST_F(Index, AnUnfinishedLastLineIsNobodys) {
  write(file, lines({1, 2}) + "000000010000000000000003\t1677");
  std::string seen;
  db().for_each([&](const WalEntryView& view) {
    seen += view.name.back();
    return true;
  });
  EXPECT_EQ(seen, "12");
}

TEST_F(Index, EveryAccessHoldsTheLock) {
  write(file, lines({1, 2}));
  const auto busy = [&] { return !fs::LockFile::try_acquire(locks_.xlogdb()).has_value(); };
  db().for_each([&](const WalEntryView&) {
    EXPECT_TRUE(busy());
    return true;
  });
  EXPECT_FALSE(busy());
}

}  // namespace
}  // namespace barman::catalog
