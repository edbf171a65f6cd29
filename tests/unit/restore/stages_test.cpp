#include "stages.h"

#include <gtest/gtest.h>

#include "barman/core/error.h"

namespace barman::restore {
namespace {

using enum Place;

struct StagesCase {
  const char* label;
  std::optional<std::string> compression;
  bool remote;
  bool delta;
  config::StagingLocation staging;
  std::vector<Stage> want;
};

class Stages : public testing::TestWithParam<StagesCase> {};

TEST_P(Stages, ArePlanned) {
  catalog::BackupInfo backup;
  backup.backup_id = "id";
  backup.compression = GetParam().compression;
  RestoreRequest request;
  request.delta = GetParam().delta;
  request.staging_location = GetParam().staging;
  EXPECT_EQ(plan_stages({&backup}, request, GetParam().remote), GetParam().want);
}

constexpr auto here = config::StagingLocation::local, there = config::StagingLocation::remote;
const std::vector<Stage> copied = {{"id", Action::copy, catalogue, destination}};
const std::vector<Stage> unpacked = {{"id", Action::unpack, catalogue, destination}};
const std::vector<Stage> unpacked_and_copied = {{"id", Action::unpack, catalogue, local_work_area},
                                                {"id", Action::copy, local_work_area, destination}};
const std::vector<Stage> fetched_and_unpacked = {{"id", Action::fetch, catalogue, target_work_area},
                                                 {"id", Action::unpack, target_work_area, destination}};

INSTANTIATE_TEST_SUITE_P(
    Table, Stages,
    testing::Values(StagesCase{"plain_here", {}, false, false, here, copied},
                    StagesCase{"plain_here_by_differences", {}, false, true, here, copied},
                    StagesCase{"plain_there", {}, true, false, there, copied},
                    StagesCase{"packed_here", "gzip", false, false, here, unpacked},
                    StagesCase{"packed_here_by_differences", "gzip", false, true, here, unpacked_and_copied},
                    StagesCase{"packed_there_and_staged_here", "zstd", true, false, here, unpacked_and_copied},
                    StagesCase{"packed_there_by_differences", "zstd", true, true, here, unpacked_and_copied},
                    StagesCase{"packed_there_and_staged_there", "lz4", true, false, there, fetched_and_unpacked},
                    StagesCase{"not_compressed_but_packed", "none", true, false, there, fetched_and_unpacked}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(StagesOfAChain, AreNotThereYet) {
  const catalog::BackupInfo full, incremental;
  EXPECT_THROW(plan_stages({&full, &incremental}, {}, false), Error);
}

}  // namespace
}  // namespace barman::restore
