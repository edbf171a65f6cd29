#include "values.h"

#include <gtest/gtest.h>

#include "barman/core/error.h"

namespace barman::postgres {
namespace {

TEST(VersionWord, IsTheSecond) {
  EXPECT_EQ(version_word("PostgreSQL 15.20 (Debian 15.20-0+deb12u1) on x86_64-pc-linux-gnu"), "15.20");
  EXPECT_EQ(version_word("EnterpriseDB 9.6.2.7 on x86_64"), "9.6.2");
  EXPECT_EQ(version_word("PostgreSQL 18beta1 on x"), "18beta1");
  EXPECT_THROW(version_word("PostgreSQL"), Error);
}

struct NamesCase {
  const char* label;
  std::string_view setting;
  std::vector<std::string> want;
};
class SynchronousNames : public testing::TestWithParam<NamesCase> {};
TEST_P(SynchronousNames, AreFound) { EXPECT_EQ(parse_synchronous_standby_names(GetParam().setting), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(Settings, SynchronousNames,
                         testing::Values(NamesCase{"empty", "", {""}}, NamesCase{"star", "*", {"*"}},
                                         NamesCase{"list", "a, b,c", {"a", "b", "c"}},
                                         NamesCase{"first", "FIRST 2 (a, \"B c\", d)", {"a", "B c", "d"}},
                                         NamesCase{"any", "any 1 (s1, s2)", {"s1", "s2"}},
                                         NamesCase{"counted", "2(a,b)", {"a", "b"}},
                                         NamesCase{"counted_blank", "2 (a,b)", {"a", "b"}},
                                         NamesCase{"quoted_comma", "\"a,b\", c", {"a,b", "c"}}),
                         [](const auto& row) { return std::string(row.param.label); });

struct BoundaryCase {
  const char* label;
  std::string_view file;
  std::uint32_t offset;
  int version;
  std::string_view want;
};
class FileBeforeBoundary : public testing::TestWithParam<BoundaryCase> {};
TEST_P(FileBeforeBoundary, IsTheSameForAllVersions) {
  EXPECT_EQ(file_before_boundary(GetParam().file, GetParam().offset, GetParam().version, 16 * 1024 * 1024),
            GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(
    Versions, FileBeforeBoundary,
    testing::Values(BoundaryCase{"old_boundary", "000000010000000000000004", 0, 160003, "000000010000000000000004"},
                    BoundaryCase{"new_inside", "000000010000000000000005", 40, 170000, "000000010000000000000005"},
                    BoundaryCase{"new_boundary", "000000010000000000000005", 0, 170000, "000000010000000000000004"},
                    BoundaryCase{"new_boundary_of_log", "000000010000000100000000", 0, 180000,
                                 "0000000100000000000000FF"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(ClosedSegment, IsTheFirstIfTheInsertPositionMovedOn) {
  EXPECT_EQ(closed_segment("000000010000000000000004", "000000010000000000000005"), "000000010000000000000004");
  EXPECT_EQ(closed_segment("000000010000000000000004", "000000010000000000000004"), "");
}

struct ArchivingCase {
  const char* label;
  ArchiverFacts facts;
  bool want;
};
Timestamp at(std::int64_t second) { return {second * 1'000'000, 0}; }
class IsArchiving : public testing::TestWithParam<ArchivingCase> {};
TEST_P(IsArchiving, Decides) { EXPECT_EQ(is_archiving(GetParam().facts), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(
    Facts, IsArchiving,
    testing::Values(
        ArchivingCase{"off", {"off", "000000010000000000000001", {}, at(1), {}}, false},
        ArchivingCase{"nothing_yet", {"on", {}, {}, {}, {}}, true},
        ArchivingCase{"no_failure", {"always", "000000010000000000000001", {}, at(1), {}}, true},
        ArchivingCase{
            "failed_before", {"on", "000000010000000000000002", "000000010000000000000002", at(5), at(4)}, true},
        ArchivingCase{
            "failed_since", {"on", "000000010000000000000002", "000000010000000000000003", at(5), at(6)}, false},
        ArchivingCase{"only_failures", {"on", {}, "000000010000000000000003", {}, at(6)}, false},
        ArchivingCase{"history_settled", {"on", "000000020000000000000002", "00000002.history", at(5), at(6)}, true},
        ArchivingCase{"history_ahead", {"on", "000000010000000000000002", "00000002.history", at(5), at(6)}, false}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(Cells, RefuseWhatTheServerCannotMean) {
  EXPECT_TRUE(bool_of("t", "x"));
  EXPECT_FALSE(bool_of("f", "x"));
  EXPECT_THROW(bool_of(std::nullopt, "x"), Error);
  EXPECT_EQ(integer_of("-1", "x"), -1);
  EXPECT_THROW(integer_of("", "x"), Error);
  EXPECT_EQ(maybe_integer(std::nullopt, "x"), std::nullopt);
  EXPECT_EQ(lsn_of("0/3000110", "x").value, 0x3000110u);
  EXPECT_THROW(lsn_of("0-3", "x"), Error);
  EXPECT_THROW(timestamp_of("soon", "x"), Error);
  EXPECT_THROW(single_row(Result{}, "x"), Error);
}

}  // namespace
}  // namespace barman::postgres
