#include "barman/archiver/archive_check.h"

#include <gmock/gmock.h>

#include <set>

#include "archiver_fixture.h"
#include "barman/core/error.h"
#include "barman/core/text.h"

namespace barman::archiver {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t mebibyte = 1024 * 1024;

struct InUseCase {
  const char* label;
  std::string names;  // of the index, blank-separated
  std::optional<std::int64_t> timeline;
  std::optional<std::string> want;
};

class ArchiveInUse : public ArchiverFixture, public testing::WithParamInterface<InUseCase> {};

TEST_P(ArchiveInUse, GivesTheReason) {
  std::string lines;
  for (const std::string& name : split_whitespace(GetParam().names)) lines += name + "\t16\t1.0\tNone\tNone\n";
  put("wals/main-xlog.db", lines);
  EXPECT_EQ(archive_in_use(catalog::XlogDb(config, locks), GetParam().timeline), GetParam().want);
}

const std::string third = "000000030000000000000001";

INSTANTIATE_TEST_SUITE_P(
    Indexes, ArchiveInUse,
    testing::Values(InUseCase{"empty", "", {}, {}}, InUseCase{"any_line", w1, {}, "Expected empty archive"},
                    InUseCase{"strange_line", "x", {}, "Expected empty archive"}, InUseCase{"earlier", w1, 2, {}},
                    InUseCase{"same", third, 3, "Found 1 file in WAL archive equal to or newer than timeline 3"},
                    InUseCase{"later", w1 + " 00000002.history " + third + ".partial " + third + ".00000028.backup", 2,
                              "Found 3 files in WAL archive equal to or newer than timeline 2"},
                    InUseCase{"strange_with_timeline", third + " x", 2, "Unexpected file x found in WAL archive"}),
    [](const auto& row) { return std::string(row.param.label); });

struct RangeCase {
  const char* label;
  const char* begin;
  const char* end;
  const char* want;
};

class BadRange : public testing::TestWithParam<RangeCase> {};

TEST_P(BadRange, IsRefused) {
  try {
    parse_segment_range(GetParam().begin, GetParam().end);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::refused);
    EXPECT_STREQ(error.what(), GetParam().want);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Names, BadRange,
    testing::Values(RangeCase{"begin", "x", "y", "Invalid WAL segment name: x"},
                    RangeCase{"end", "000000010000000000000001", "00000002.history",
                              "Invalid WAL segment name: 00000002.history"},
                    RangeCase{"timelines", "000000010000000000000001", "000000020000000000000001",
                              "begin_wal (000000010000000000000001) and end_wal (000000020000000000000001) must be on "
                              "the same timeline"},
                    RangeCase{"order", "000000010000000000000002", "000000010000000000000001",
                              "begin_wal (000000010000000000000002) must not be greater than end_wal "
                              "(000000010000000000000001)"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(MissingSegments, AreThoseThatAreNotArchived) {
  const std::set<std::string> archived = {"0000000100000000000000FE", "000000010000000100000000"};
  const auto has = [&](const std::string& name) { return archived.contains(name); };
  EXPECT_THAT(
      missing_segments(parse_segment_range("0000000100000000000000fe", "000000010000000100000001"), 16 * mebibyte, has),
      ElementsAre("0000000100000000000000FF", "000000010000000100000001"));
  EXPECT_THAT(
      missing_segments(parse_segment_range("0000000100000000000000FE", "0000000100000000000000FE"), 16 * mebibyte, has),
      IsEmpty());
}

TEST(MissingSegments, EndAtTheLastNameThereIs) {
  const char* last = "00000001FFFFFFFF00000FFF";
  EXPECT_THAT(missing_segments(parse_segment_range(last, last), mebibyte, [](const std::string&) { return false; }),
              ElementsAre(last));
}

}  // namespace
}  // namespace barman::archiver
