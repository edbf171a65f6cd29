#include "rsync_call.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace barman::copy {

namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsSubsetOf;
using testing::Not;

Item data_item() {
  Item item;
  item.label = "pgdata";
  item.source = "/srv/pg";
  item.destination = "/barman/base/B/data";
  item.include = {"/PG_15_*"};
  item.exclude = {"/*", "pgsql_tmp*"};
  item.exclude_and_protect = {"/pg_tblspc/16384"};
  item.reuse_directory = "/barman/base/A/data";
  item.bandwidth_limit = 500;
  return item;
}

constexpr const char* format = "--out-format=@%i %M %l %b %n";

TEST(RsyncArguments, OfAWholeDirectoryOverSsh) {
  Request request;
  request.network_compression = true;
  const auto host = fs::make_remote_host("ssh postgres@pg", fs::batch_ssh_options(), std::chrono::minutes(1));
  const auto argv = rsync_command(request, data_item(), {.recursive = true}, *host).argv;
  ASSERT_GT(argv.size(), 3U);
  EXPECT_EQ(argv[1], "-e");
  const std::vector<std::string> rest(argv.begin() + 3, argv.end());
  EXPECT_THAT(rest, ElementsAre("-z", "--include=/PG_15_*", "--exclude=/*", "--exclude=pgsql_tmp*",
                                "--exclude=/pg_tblspc/16384", "--filter=P_/pg_tblspc/16384", "-rLKpts", "--inplace",
                                "--itemize-changes", "--itemize-changes", format, "--bwlimit=500", " :/srv/pg/",
                                "/barman/base/B/data"));
}

TEST(RsyncArguments, NeverWriteInPlaceWhereFilesAreLinked) {
  Request request;
  request.reuse = ReuseMode::link;
  const auto host = fs::make_local_host(std::chrono::minutes(1));
  for (const bool recursive : {true, false})
    for (const bool reuse : {true, false})
      EXPECT_THAT(rsync_command(request, data_item(), {.recursive = recursive, .reuse = reuse}, *host).argv,
                  Not(Contains("--inplace")));
}

TEST(RsyncArguments, OfAComparison) {
  Request request;
  request.reuse = ReuseMode::link;
  Item item = data_item();
  item.bandwidth_limit = 0;
  const auto host = fs::make_local_host(std::chrono::minutes(1));
  EXPECT_THAT(
      rsync_command(request, item, {.files_from = "/tmp/l", .compare = true, .reuse = true}, *host).argv,
      ElementsAre("rsync", "-LKpts", "--link-dest=/barman/base/A/data", "--checksum", "--itemize-changes",
                  "--itemize-changes", format, "--from0", "--files-from=/tmp/l", "/srv/pg/", "/barman/base/B/data"));
}

TEST(RsyncArguments, OfASingleFileToTheRemoteEnd) {
  Request request;
  request.source_is_remote_end = false;
  Item item = data_item();
  item.directory = false;
  item.source = "/b/pg_control";
  item.destination = "/srv/pg/global/pg_control";
  const auto host = fs::make_remote_host("ssh pg", {}, std::chrono::minutes(1));
  const auto argv = rsync_command(request, item, {}, *host).argv;
  EXPECT_THAT(argv, testing::Not(Contains(testing::StartsWith("--bwlimit"))));
  EXPECT_EQ(argv[argv.size() - 2], "/b/pg_control");
  EXPECT_EQ(argv.back(), " :/srv/pg/global/pg_control");
}

TEST(RsyncArguments, CopyModeNamesACopyDirectory) {
  Request request;
  request.reuse = ReuseMode::copy;
  const auto host = fs::make_local_host(std::chrono::minutes(1));
  EXPECT_THAT(rsync_command(request, data_item(), {.recursive = true, .remove = true, .reuse = true}, *host).argv,
              testing::IsSupersetOf({"--copy-dest=/barman/base/A/data", "--delete-excluded", "--inplace"}));
}

struct PatternCase {
  const char* label;
  std::string_view path, pattern;
};

class LiteralPattern : public testing::TestWithParam<PatternCase> {};

TEST_P(LiteralPattern, MatchesOnlyThePath) { EXPECT_EQ(literal_pattern(GetParam().path), GetParam().pattern); }

INSTANTIATE_TEST_SUITE_P(Paths, LiteralPattern,
                         testing::Values(PatternCase{"plain", "/pg_tblspc/1", "/pg_tblspc/1"},
                                         PatternCase{"backslash_alone_is_literal", "/a\\b", "/a\\b"},
                                         PatternCase{"bracket", "/a[1]", "/a\\[1]"},
                                         PatternCase{"star_and_backslash", "/a\\b*?", "/a\\\\b\\*\\?"}),
                         [](const auto& row) { return std::string(row.param.label); });

TEST(MissingFile, IsToldWithOrWithoutABrokenConnection) {
  const std::string missing = "rsync: [sender] link_stat \"/etc/x\" failed: No such file or directory (2)\n";
  const std::string summary =
      "rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1956) "
      "[Receiver=3.5.0]\n";
  EXPECT_TRUE(reports_missing_file(missing + summary));
  EXPECT_TRUE(reports_missing_file(missing + summary + "rsync: [Receiver] write error: Broken pipe (32)\n"));
  EXPECT_FALSE(reports_missing_file(summary + "rsync: [Receiver] write error: Broken pipe (32)\n"));
  EXPECT_FALSE(
      reports_missing_file("rsync: [sender] send_files failed to open \"/etc/x\": Permission denied (13)\n" + summary));
  EXPECT_FALSE(reports_missing_file(""));
}

struct CompareCase {
  const char* label;
  std::optional<std::int64_t> mtime;
  std::optional<std::int64_t> horizon;  // microseconds
  bool want;
};

class MustCompare : public testing::TestWithParam<CompareCase> {};

TEST_P(MustCompare, Decides) {
  std::optional<Timestamp> horizon;
  if (GetParam().horizon) horizon = Timestamp{*GetParam().horizon, 0};
  EXPECT_EQ(must_compare(GetParam().mtime, horizon), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Dates, MustCompare,
                         testing::Values(CompareCase{"no_horizon", 5, std::nullopt, true},
                                         CompareCase{"no_date", std::nullopt, 100'000'000, true},
                                         CompareCase{"long_before", 50, 100'000'000, false},
                                         CompareCase{"two_seconds_before", 98, 100'000'000, false},
                                         CompareCase{"the_second_before", 99, 100'900'000, true},
                                         CompareCase{"same_second", 100, 100'900'000, true},
                                         CompareCase{"after", 101, 100'900'000, true}),
                         [](const auto& row) { return std::string(row.param.label); });

using Kind = Itemized::Kind;

struct LineCase {
  const char* label;
  std::string_view line;
  Kind kind;
  bool taken;
  std::optional<std::int64_t> mtime;
  std::int64_t size;
  std::string_view name;
};

class ParseItemized : public testing::TestWithParam<LineCase> {};

TEST_P(ParseItemized, GivesTheParts) {
  const LineCase& want = GetParam();
  const auto got = parse_itemized(want.line);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->kind, want.kind);
  EXPECT_EQ(got->taken, want.taken);
  EXPECT_EQ(got->mtime, want.mtime);
  EXPECT_EQ(got->size, want.size);
  EXPECT_EQ(got->name, want.name);
}

constexpr std::int64_t date = 1795254161;  // 2026-11-21 09:42:41 UTC

INSTANTIATE_TEST_SUITE_P(
    Lines, ParseItemized,
    testing::Values(
        LineCase{"directory", "@cd          2026/11/21-09:42:41 4096 0 sub/empty/", Kind::directory, false, date, 4096,
                 "sub/empty/"},
        LineCase{"pulled", "@>f.s....... 2026/11/21-09:42:41 5 49 a", Kind::file, false, date, 5, "a"},
        LineCase{"pushed", "@<f+++++++++ 2026/11/21-09:42:41 5 49 a", Kind::file, false, date, 5, "a"},
        LineCase{"linked", "@hf          2026/11/21-09:42:41 1 0 x/16384", Kind::file, true, date, 1, "x/16384"},
        LineCase{"copied_here", "@cf...p..... 2026/11/21-09:42:41 4 0 lnk", Kind::file, true, date, 4, "lnk"},
        LineCase{"unchanged", "@.f          2026/11/21-09:42:41 4 0 b", Kind::file, true, date, 4, "b"},
        LineCase{"large", "@.f          2026/11/21-09:42:41 1073741824 0 b.1", Kind::file, true, date, 1073741824,
                 "b.1"},
        LineCase{"blanks_in_name", "@.f          2026/11/21-09:42:41 4 0  a  b ", Kind::file, true, date, 4, " a  b "},
        LineCase{"newline_in_name", "@hf          2026/11/21-09:42:41 1 0 new\\#012line", Kind::file, true, date, 1,
                 "new\nline"},
        LineCase{"symbolic_link", "@cL          2026/11/21-09:42:41 1 0 l", Kind::other, false, date, 1, "l"},
        LineCase{"strange_date", "@.f          2026/13/21-09:42:41 4 0 b", Kind::file, true, std::nullopt, 4, "b"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(ParseItemized, TellsWhatIsAsItWas) {
  const auto parse = [](std::string_view change) {
    return *parse_itemized(fmt::format("@{} 2026/11/21-09:42:41 4 0 b", change));
  };
  EXPECT_TRUE(parse(".f         ").there);
  EXPECT_TRUE(parse(".f         ").unchanged);
  EXPECT_TRUE(parse(".f...p.....").there);
  EXPECT_FALSE(parse(".f...p.....").unchanged);
  EXPECT_FALSE(parse("hf         ").there);
  EXPECT_TRUE(parse("hf         ").unchanged);
  EXPECT_FALSE(parse("cf..t......").unchanged);
  EXPECT_FALSE(parse(">f+++++++++").unchanged);
}

class NotItemized : public testing::TestWithParam<std::string_view> {};

TEST_P(NotItemized, IsNothing) { EXPECT_FALSE(parse_itemized(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Lines, NotItemized,
                         testing::Values("", "@", "skipping non-regular file \"fifo\"", "created directory dst",
                                         "@*deleting   2026/11/21-09:42:41 0 0 gone",
                                         "@.f          2026/11/21-09:42:41 x 0 b",
                                         "@.f          2026/11/21-09:42:41 4 0 ", "@.f          2026/11/21-09:42:41 4",
                                         "@.f........................."));

struct NameCase {
  const char* label;
  std::string_view text, name;
};

class UnescapeName : public testing::TestWithParam<NameCase> {};

TEST_P(UnescapeName, GivesTheBytes) { EXPECT_EQ(unescape_name(GetParam().text), GetParam().name); }

INSTANTIATE_TEST_SUITE_P(Names, UnescapeName,
                         testing::Values(NameCase{"plain", "base/1/112", "base/1/112"},
                                         NameCase{"escaped_backslash", "back\\#134#012slash", "back\\#012slash"},
                                         NameCase{"byte_above_127", "\\#303\\#274ml", "\303\274ml"},
                                         NameCase{"backslash_alone", "a\\b", "a\\b"},
                                         NameCase{"too_short", "a\\#01", "a\\#01"},
                                         NameCase{"not_octal", "a\\#089x", "a\\#089x"}),
                         [](const auto& row) { return std::string(row.param.label); });

}  // namespace

}  // namespace barman::copy
