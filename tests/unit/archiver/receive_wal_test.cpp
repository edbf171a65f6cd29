#include "barman/archiver/receive_wal.h"

#include <gtest/gtest.h>

namespace barman::archiver {

namespace {

using Words = std::vector<std::string>;

TEST(ReceiveCommand, IsTheOneOperatorsKnow) {
  config::ServerConfig config;
  config.streaming_wals_directory = "/b/main/streaming";
  config.streaming_archiver_name = "receiver";
  Words want = {"/bin/pg_receivewal", "--dbname=host=h replication=true application_name=receiver",
                "--verbose",          "--no-loop",
                "--no-password",      "--directory=/b/main/streaming"};
  const std::string conninfo = "host=h replication=true";
  EXPECT_EQ(receive_command("/bin/pg_receivewal", conninfo, config, {""}), want);
  config.slot_name = "main";
  want.emplace_back("--slot=main");
  EXPECT_EQ(receive_command("/bin/pg_receivewal", conninfo, config, {"other"}), want);
  want.emplace_back("--synchronous");
  EXPECT_EQ(receive_command("/bin/pg_receivewal", conninfo, config, {"other", "receiver"}), want);
  EXPECT_EQ(receive_command("/bin/pg_receivewal", conninfo, config, {"*"}), want);
}

TEST(NewestPosition, IsTheHighestSegment) {
  EXPECT_EQ(newest_position({}), std::nullopt);
  EXPECT_EQ(newest_position({"00000002.history", "notes", "000000010000000000000001.tmp"}), std::nullopt);
  EXPECT_EQ(newest_position({"000000010000000000000002", "000000010000000000000003.partial", "00000002.history"}),
            "000000010000000000000003.partial");
}

struct ResetCase {
  const char* label;
  std::optional<std::string> newest;
  ResetPlan::What what;
  std::optional<std::string> remove;
};
class Reset : public testing::TestWithParam<ResetCase> {};
TEST_P(Reset, IsPlanned) {
  const ResetPlan plan = plan_reset(GetParam().newest, "000000010000000000000005", "000000010000000000000009");
  EXPECT_EQ(plan.what, GetParam().what);
  EXPECT_EQ(plan.remove, GetParam().remove);
  EXPECT_EQ(plan.create, plan.what == ResetPlan::What::reset ? "000000010000000000000005.partial" : "");
}
INSTANTIATE_TEST_SUITE_P(
    Directories, Reset,
    testing::Values(ResetCase{"empty", {}, ResetPlan::What::aligned, {}},
                    ResetCase{"at_the_slot", "000000010000000000000005", ResetPlan::What::aligned, {}},
                    ResetCase{"partial_at_the_slot", "000000010000000000000005.partial", ResetPlan::What::aligned, {}},
                    ResetCase{"behind", "000000010000000000000001", ResetPlan::What::reset, {}},
                    ResetCase{"partial_behind", "000000010000000000000001.partial", ResetPlan::What::reset,
                              "000000010000000000000001.partial"},
                    ResetCase{"partial_current", "000000010000000000000009.partial", ResetPlan::What::reset,
                              "000000010000000000000009.partial"},
                    ResetCase{"ahead", "00000001000000000000000A", ResetPlan::What::ahead, {}},
                    ResetCase{"partial_ahead", "00000001000000000000000A.partial", ResetPlan::What::ahead, {}}),
    [](const auto& row) { return std::string(row.param.label); });

}  // namespace

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
  EXPECT_EQ(beyond->fix, R"(barman receive-wal --reset 'it'\''s', and take a new backup)");
  EXPECT_TRUE(obstacle({What::stranger, {}}, resume, 2, "main"));
  EXPECT_TRUE(obstacle({What::behind, {}}, resume, 2, "main"));
}

}  // namespace

}  // namespace barman::archiver
