#include "placement.h"

#include <gtest/gtest.h>

#include "barman/core/error.h"

namespace barman::restore {
namespace {

using enum Place;

struct StepsCase {
  const char* label;
  std::optional<std::string> compression;
  bool remote;
  bool delta;
  config::StagingLocation staging;
  std::vector<Step> want;
};

class Steps : public testing::TestWithParam<StepsCase> {};

TEST_P(Steps, ArePlanned) {
  catalog::BackupInfo backup;
  backup.backup_id = "id";
  backup.compression = GetParam().compression;
  RestoreRequest request;
  request.delta = GetParam().delta;
  request.staging_location = GetParam().staging;
  EXPECT_EQ(plan_steps({&backup}, request, GetParam().remote), GetParam().want);
}

constexpr auto here = config::StagingLocation::local, there = config::StagingLocation::remote;
const std::vector<Step> copied = {{"id", Action::copy, catalogue, destination}};
const std::vector<Step> unpacked = {{"id", Action::unpack, catalogue, destination}};
const std::vector<Step> unpacked_and_copied = {{"id", Action::unpack, catalogue, local_work_area},
                                               {"id", Action::copy, local_work_area, destination}};
const std::vector<Step> fetched_and_unpacked = {{"id", Action::fetch, catalogue, target_work_area},
                                                {"id", Action::unpack, target_work_area, destination}};

INSTANTIATE_TEST_SUITE_P(
    Table, Steps,
    testing::Values(StepsCase{"plain_here", {}, false, false, here, copied},
                    StepsCase{"plain_here_by_differences", {}, false, true, here, copied},
                    StepsCase{"plain_there", {}, true, false, there, copied},
                    StepsCase{"packed_here", "gzip", false, false, here, unpacked},
                    StepsCase{"packed_here_by_differences", "gzip", false, true, here, unpacked_and_copied},
                    StepsCase{"packed_there_and_staged_here", "zstd", true, false, here, unpacked_and_copied},
                    StepsCase{"packed_there_by_differences", "zstd", true, true, here, unpacked_and_copied},
                    StepsCase{"packed_there_and_staged_there", "lz4", true, false, there, fetched_and_unpacked},
                    StepsCase{"not_compressed_but_packed", "none", true, false, there, fetched_and_unpacked}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(StepsOfAChain, AreNotThereYet) {
  const catalog::BackupInfo full, incremental;
  EXPECT_THROW(plan_steps({&full, &incremental}, {}, false), Error);
}

}  // namespace
}  // namespace barman::restore
