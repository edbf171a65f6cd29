#include "barman/archiver/follow_timeline.h"

#include <gtest/gtest.h>

namespace barman::archiver {
namespace {

constexpr std::uint64_t mib = 1024 * 1024;
using What = Course::What;

struct ResumeCase {
  const char* label;
  std::vector<std::string> names;
  std::optional<ResumePoint> want;
};
class Resume : public testing::TestWithParam<ResumeCase> {};
TEST_P(Resume, IsWherePgReceivewalGoesOn) { EXPECT_EQ(resume_point(GetParam().names, 16 * mib), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(
    Directories, Resume,
    testing::Values(ResumeCase{"empty", {}, {}},
                    ResumeCase{"nothing_of_it", {"00000002.history", "x", "000000010000000000000001.tmp"}, {}},
                    ResumeCase{"partial", {"000000010000000000000005.partial"}, ResumePoint{1, {5 * 16 * mib}}},
                    ResumeCase{"complete", {"000000010000000000000005"}, ResumePoint{1, {6 * 16 * mib}}},
                    ResumeCase{"complete_and_partial",
                               {"000000010000000000000005", "000000010000000000000006.partial"},
                               ResumePoint{1, {6 * 16 * mib}}},
                    ResumeCase{"complete_before_its_partial",
                               {"000000010000000000000005", "000000010000000000000005.partial"},
                               ResumePoint{1, {6 * 16 * mib}}},
                    ResumeCase{"newer_timeline_in_the_same_segment",
                               {"000000010000000000000005.partial", "000000020000000000000005.partial"},
                               ResumePoint{2, {5 * 16 * mib}}},
                    ResumeCase{"higher_segment_of_an_old_timeline",
                               {"000000010000000000000007.partial", "000000020000000000000005"},
                               ResumePoint{1, {7 * 16 * mib}}},
                    ResumeCase{"last_of_a_log_file", {"0000000100000000000000FF"}, ResumePoint{1, {1ULL << 32}}}),
    [](const auto& row) { return std::string(row.param.label); });

struct CourseCase {
  const char* label;
  std::optional<ResumePoint> resume;
  std::uint32_t server;
  What want;
  std::uint64_t fork;
};
class PlotCourse : public testing::TestWithParam<CourseCase> {};
TEST_P(PlotCourse, Table) {
  // 3 came from 1 at 0x5000000, 5 from 3 at 0x9000028.
  const std::vector<HistoryEntry> history = {{1, {0x5000000}, "x"}, {3, {0x9000028}, "x"}};
  const auto& [label, resume, server, want, fork] = GetParam();
  const Course course = plot_course(resume, server, history);
  EXPECT_EQ(course.what, want);
  EXPECT_EQ(course.fork.value, fork);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, PlotCourse,
    testing::Values(CourseCase{"nothing_received", {}, 5, What::straight, 0},
                    CourseCase{"same", ResumePoint{5, {0xA000000}}, 5, What::straight, 0},
                    CourseCase{"fork_later", ResumePoint{3, {0x9000000}}, 5, What::follow, 0x9000028},
                    CourseCase{"fork_at_the_end", ResumePoint{1, {0x5000000}}, 5, What::follow, 0x5000000},
                    CourseCase{"two_promotions_ago", ResumePoint{1, {0x4000000}}, 5, What::follow, 0x5000000},
                    CourseCase{"one_byte_beyond", ResumePoint{1, {0x5000001}}, 5, What::beyond, 0x5000000},
                    CourseCase{"beyond", ResumePoint{3, {0xA000000}}, 5, What::beyond, 0x9000028},
                    CourseCase{"no_ancestor", ResumePoint{2, {0x1000000}}, 5, What::stranger, 0},
                    CourseCase{"old_primary", ResumePoint{6, {0x1000000}}, 5, What::behind, 0}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(Obstacles, NameTheWayOut) {
  const ResumePoint resume{1, {0xA000000}};
  EXPECT_FALSE(obstacle({What::straight, {}}, resume, 2, "main"));
  EXPECT_FALSE(obstacle({What::follow, {0xA000000}}, resume, 2, "main"));
  const auto beyond = obstacle({What::beyond, {0x9000000}}, resume, 2, "it's");
  ASSERT_TRUE(beyond);
  EXPECT_EQ(beyond->text,
            "WAL was received up to 0/A000000 on timeline 1, which the server left at 0/9000000 for timeline 2: it was "
            "promoted, or restored, before it had the rest");
  EXPECT_EQ(beyond->mend, R"(barman receive-wal --reset 'it'\''s', and take a new backup)");
  EXPECT_TRUE(obstacle({What::stranger, {}}, resume, 2, "main"));
  EXPECT_TRUE(obstacle({What::behind, {}}, resume, 2, "main"));
}

}  // namespace
}  // namespace barman::archiver
