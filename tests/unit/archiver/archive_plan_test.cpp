#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "barman/archiver/archive_wal.h"

namespace barman::archiver {
namespace {

const std::string w1 = "000000010000000000000001", w2 = "000000010000000000000002", w3 = "000000010000000000000003";

struct Case {
  const char* label;
  Origin origin;
  std::vector<Waiting> waiting;
  std::int64_t batch_size;
  std::vector<std::string> archive;
  std::vector<std::string> unknown;
  std::size_t found;
};

class Plan : public testing::TestWithParam<Case> {};
TEST_P(Plan, SortsWhatWaits) {
  const ArchivePlan plan = plan_archive(GetParam().origin, GetParam().waiting, GetParam().batch_size);
  EXPECT_EQ(plan.archive, GetParam().archive);
  EXPECT_EQ(plan.unknown, GetParam().unknown);
  EXPECT_EQ(plan.found, GetParam().found);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Plan,
    testing::Values(
        Case{"nothing", Origin::file, {}, 0, {}, {}, 0},
        Case{"names_ascending",
             Origin::file,
             {{w2}, {"00000002.history"}, {w1 + ".00000028.backup"}, {w1}},
             0,
             {w1, w1 + ".00000028.backup", w2, "00000002.history"},
             {},
             4},
        Case{"pushed_partials_too", Origin::file, {{w1}, {w2 + ".partial"}}, 0, {w1, w2 + ".partial"}, {}, 2},
        Case{"lower_case_digits", Origin::file, {{"00000001000000000000000a"}}, 0, {"00000001000000000000000a"}, {}, 1},
        Case{"dot_files_are_not_seen", Origin::file, {{"." + w1}, {w2}}, 0, {w2}, {}, 1},
        Case{"temporary_files_stay", Origin::file, {{w1 + ".tmp"}, {"x.tmp"}}, 0, {}, {}, 2},
        Case{"others_are_unknown",
             Origin::file,
             {{w1, false}, {w2}, {"notes"}, {w3 + ".gz"}},
             0,
             {w2},
             {w1, w3 + ".gz", "notes"},
             4},
        Case{"batch", Origin::file, {{w1}, {w2}, {w3}}, 2, {w1, w2}, {}, 3},
        Case{
            "batch_counts_only_what_is_archived", Origin::file, {{"0.tmp"}, {"1.tmp"}, {w1}, {w2}}, 2, {w1, w2}, {}, 4},
        Case{"batch_larger_than_needed", Origin::file, {{w1}}, 5, {w1}, {}, 1},
        Case{"streaming_leaves_the_partial", Origin::streaming, {{w1}, {w2}, {w3 + ".partial"}}, 0, {w1, w2}, {}, 3},
        Case{"streaming_archives_older_partials",
             Origin::streaming,
             {{w1 + ".partial"}, {w2}, {w3 + ".partial"}},
             0,
             {w1 + ".partial", w2},
             {},
             3},
        Case{"streaming_without_partial_leaves_the_last", Origin::streaming, {{w1}, {w2}}, 0, {w1}, {}, 2},
        Case{"streaming_leaves_a_lonely_file", Origin::streaming, {{w1}}, 0, {}, {}, 1},
        Case{"streaming_batch_of_one_goes_on", Origin::streaming, {{w1}, {w2}, {w3}}, 1, {w1}, {}, 3},
        Case{"streaming_unknown",
             Origin::streaming,
             {{"junk"}, {w1}, {w2 + ".partial", false}},
             0,
             {},
             {w2 + ".partial", "junk"},
             3}),
    [](const auto& row) { return std::string(row.param.label); });

}  // namespace
}  // namespace barman::archiver
