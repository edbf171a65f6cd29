#include "archive_plan.h"

#include <gtest/gtest.h>

namespace barman::cloud {
namespace {

constexpr std::uint64_t gib = 1024 * mebibyte;
const store::Abilities s3{};
const store::Abilities azure{.most_parts = 50'000, .smallest_part = 64 * 1024};

struct PlanCase {
  const char* label;
  ArchiveWishes wishes;
  store::Abilities store;
  std::uint64_t part_size, split_at;
  std::size_t buffers;
};

class PlanArchives : public testing::TestWithParam<PlanCase> {};

TEST_P(PlanArchives, FitsPartsIntoMemory) {
  const ArchivePlan plan = plan_archives(GetParam().wishes, GetParam().store);
  EXPECT_EQ(plan.part_size, GetParam().part_size);
  EXPECT_EQ(plan.split_at, GetParam().split_at);
  EXPECT_EQ(plan.buffers, GetParam().buffers);
  EXPECT_LE(plan.part_size * plan.buffers, memory_for_parts);
  EXPECT_LE(plan.split_at, plan.part_size * static_cast<std::uint64_t>(GetParam().store.most_parts) / 2);
}

INSTANTIATE_TEST_SUITE_P(
    Wishes, PlanArchives,
    testing::Values(
        PlanCase{"default_s3", {}, s3, 21'474'836, 21'474'836 * std::uint64_t{5000}, 3},
        PlanCase{"default_azure", {}, azure, 4'294'966, 4'294'966 * std::uint64_t{25000}, 5},
        PlanCase{"one_job", {.jobs = 1}, s3, 21'474'836, 21'474'836 * std::uint64_t{5000}, 3},
        // 64 MiB / 9, so less than 100 GiB fit into half of the parts.
        PlanCase{"eight_jobs", {.jobs = 8}, s3, 7'456'540, 7'456'540 * std::uint64_t{5000}, 9},
        PlanCase{"many_jobs", {.jobs = 100}, s3, 5 * mebibyte, 5 * mebibyte * 5000, 12},
        PlanCase{"small_archives", {.max_archive_size = 4 * mebibyte}, s3, 5 * mebibyte, 4 * mebibyte, 5},
        PlanCase{"chunk_wished", {.min_chunk_size = 30 * mebibyte}, s3, 30 * mebibyte, 100 * gib, 2},
        PlanCase{"chunk_wins_over_jobs", {.min_chunk_size = 30 * mebibyte, .jobs = 8}, s3, 30 * mebibyte, 100 * gib, 2},
        PlanCase{"chunk_too_large", {.min_chunk_size = 500 * mebibyte}, s3, 32 * mebibyte, 100 * gib, 2},
        PlanCase{
            "largest_archive", {.max_archive_size = 1024 * gib}, s3, 22'369'621, 22'369'621 * std::uint64_t{5000}, 3}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(PlanArchives, SaysWhatItCouldNotGive) {
  EXPECT_FALSE(plan_archives({}, s3).max_archive_size_capped);
  EXPECT_TRUE(plan_archives({.max_archive_size = 1024 * gib + 1}, s3).max_archive_size_capped);
  EXPECT_FALSE(plan_archives({.min_chunk_size = 32 * mebibyte}, s3).min_chunk_size_capped);
  EXPECT_TRUE(plan_archives({.min_chunk_size = 33 * mebibyte}, s3).min_chunk_size_capped);
}

}  // namespace
}  // namespace barman::cloud
