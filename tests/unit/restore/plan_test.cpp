#include "barman/restore/plan.h"

#include <gtest/gtest.h>

namespace barman::restore {
namespace {

using enum Place;

constexpr auto here = config::StagingLocation::local, there = config::StagingLocation::remote;

catalog::BackupInfo backup_of(const std::string& id, const std::string& compression, bool encrypted = false) {
  catalog::BackupInfo backup;
  backup.backup_id = id;
  if (!compression.empty()) backup.compression = compression;
  if (encrypted) backup.encryption = "gpg";
  return backup;
}

struct StepsCase {
  const char* label;
  const char* compression;
  bool encrypted;
  bool remote;
  bool delta;
  config::StagingLocation staging;
  std::vector<Step> want;
  bool in_store = false;
};

class Steps : public testing::TestWithParam<StepsCase> {};

TEST_P(Steps, ArePlanned) {
  const catalog::BackupInfo backup = backup_of("id", GetParam().compression, GetParam().encrypted);
  RestoreRequest request;
  request.delta = GetParam().delta;
  request.staging_location = GetParam().staging;
  EXPECT_EQ(plan_steps({&backup}, request, GetParam().remote, GetParam().in_store), GetParam().want);
}

const std::vector<Step> copied = {{"id", Action::copy, catalogue, destination}};
const std::vector<Step> unpacked = {{"id", Action::unpack, catalogue, destination}};
const std::vector<Step> unpacked_and_copied = {{"id", Action::unpack, catalogue, work_area_here},
                                               {"id", Action::copy, work_area_here, destination}};
const std::vector<Step> fetched_and_unpacked = {{"id", Action::fetch, catalogue, archives_there},
                                                {"id", Action::unpack, archives_there, destination}};
const std::vector<Step> decrypted = {{"id", Action::decrypt, catalogue, destination}};
const std::vector<Step> decrypted_and_copied = {{"id", Action::decrypt, catalogue, work_area_here},
                                                {"id", Action::copy, work_area_here, destination}};

const std::vector<Step> downloaded = {{"id", Action::download, catalogue, destination}};
const std::vector<Step> downloaded_and_copied = {{"id", Action::download, catalogue, work_area_here},
                                                 {"id", Action::copy, work_area_here, destination}};

INSTANTIATE_TEST_SUITE_P(
    OfOneBackup, Steps,
    testing::Values(StepsCase{"plain_here", "", false, false, false, here, copied},
                    StepsCase{"plain_here_by_differences", "", false, false, true, here, copied},
                    StepsCase{"plain_there", "", false, true, false, there, copied},
                    StepsCase{"packed_here", "gzip", false, false, false, here, unpacked},
                    StepsCase{"packed_here_by_differences", "gzip", false, false, true, here, unpacked_and_copied},
                    StepsCase{"packed_there_and_staged_here", "zstd", false, true, false, here, unpacked_and_copied},
                    StepsCase{"packed_there_by_differences", "zstd", false, true, true, here, unpacked_and_copied},
                    StepsCase{"packed_there_and_staged_there", "lz4", false, true, false, there, fetched_and_unpacked},
                    StepsCase{"not_compressed_but_packed", "none", false, true, false, there, fetched_and_unpacked},
                    StepsCase{"encrypted_here", "gzip", true, false, false, here, decrypted},
                    StepsCase{"encrypted_there_and_staged_here", "gzip", true, true, false, here, decrypted_and_copied},
                    StepsCase{"encrypted_there_by_differences", "gzip", true, true, true, here, decrypted_and_copied},
                    StepsCase{"encrypted_there_and_staged_there", "gzip", true, true, false, there, decrypted},
                    StepsCase{"stored_here", "", false, false, false, here, downloaded, true},
                    StepsCase{"stored_here_by_differences", "", false, false, true, here, downloaded_and_copied, true},
                    StepsCase{"stored_there", "", false, true, false, here, downloaded_and_copied, true},
                    StepsCase{"stored_there_and_staged_there", "", false, true, false, there, downloaded_and_copied,
                              true}),
    [](const auto& row) { return std::string(row.param.label); });

// A chain of three: f, i, l.
struct ChainCase {
  const char* label;
  const char* kinds;  // of each member: p plain, c compressed, e encrypted, m plain and misplaced; s all in a store
  bool remote;
  config::StagingLocation staging;
  std::vector<Step> want;
};

class StepsOfAChain : public testing::TestWithParam<ChainCase> {};

TEST_P(StepsOfAChain, ArePlanned) {
  const std::string ids = "fil";
  std::vector<catalog::BackupInfo> members;
  std::set<std::string> misplaced;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const char kind = GetParam().kinds[i];
    members.push_back(backup_of(ids.substr(i, 1), kind == 'c' || kind == 'e' ? "gzip" : "", kind == 'e'));
    if (kind == 'm') misplaced.insert(members.back().backup_id);
  }
  RestoreRequest request;
  request.staging_location = GetParam().staging;
  EXPECT_EQ(plan_steps({&members[0], &members[1], &members[2]}, request, GetParam().remote, GetParam().kinds[0] == 's',
                       misplaced),
            GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Table, StepsOfAChain,
    testing::Values(ChainCase{"plain_here", "ppp", false, here, {{"l", Action::combine, catalogue, destination}}},
                    ChainCase{"plain_there_and_staged_here",
                              "ppp",
                              true,
                              here,
                              {{"l", Action::combine, catalogue, combined_here},
                               {"l", Action::copy, combined_here, destination}}},
                    ChainCase{"plain_there_and_staged_there",
                              "ppp",
                              true,
                              there,
                              {{"l", Action::copy, catalogue, work_area_there},
                               {"i", Action::copy, catalogue, work_area_there},
                               {"f", Action::copy, catalogue, work_area_there},
                               {"l", Action::combine, work_area_there, destination}}},
                    ChainCase{"mixed_here",
                              "cpe",
                              false,
                              here,
                              {{"l", Action::decrypt, catalogue, work_area_here},
                               {"f", Action::unpack, catalogue, work_area_here},
                               {"l", Action::combine, work_area_here, destination}}},
                    ChainCase{"mixed_there_and_staged_here",
                              "ecp",
                              true,
                              here,
                              {{"i", Action::unpack, catalogue, work_area_here},
                               {"f", Action::decrypt, catalogue, work_area_here},
                               {"l", Action::combine, catalogue, combined_here},
                               {"l", Action::copy, combined_here, destination}}},
                    ChainCase{"mixed_there_and_staged_there",
                              "ecp",
                              true,
                              there,
                              {{"l", Action::copy, catalogue, work_area_there},
                               {"i", Action::fetch, catalogue, archives_there},
                               {"i", Action::unpack, archives_there, work_area_there},
                               {"f", Action::decrypt, catalogue, work_area_there},
                               {"l", Action::combine, work_area_there, destination}}},
                    ChainCase{"stored_here",
                              "sss",
                              false,
                              here,
                              {{"l", Action::download, catalogue, work_area_here},
                               {"i", Action::download, catalogue, work_area_here},
                               {"f", Action::download, catalogue, work_area_here},
                               {"l", Action::combine, work_area_here, destination}}},
                    ChainCase{"stored_there_and_staged_here",
                              "sss",
                              true,
                              here,
                              {{"l", Action::download, catalogue, work_area_here},
                               {"i", Action::download, catalogue, work_area_here},
                               {"f", Action::download, catalogue, work_area_here},
                               {"l", Action::combine, work_area_here, combined_here},
                               {"l", Action::copy, combined_here, destination}}},
                    ChainCase{"stored_there_and_staged_there",
                              "sss",
                              true,
                              there,
                              {{"l", Action::download, catalogue, work_area_here},
                               {"l", Action::copy, work_area_here, work_area_there},
                               {"i", Action::download, catalogue, work_area_here},
                               {"i", Action::copy, work_area_here, work_area_there},
                               {"f", Action::download, catalogue, work_area_here},
                               {"f", Action::copy, work_area_here, work_area_there},
                               {"l", Action::combine, work_area_there, destination}}},
                    ChainCase{"moved_here",
                              "pmm",
                              false,
                              here,
                              {{"l", Action::copy, catalogue, work_area_here},
                               {"i", Action::copy, catalogue, work_area_here},
                               {"l", Action::combine, work_area_here, destination}}}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(RoomNeeded, CountsWhatLiesInEachWorkAreaAtATime) {
  const std::map<std::string, MemberSize> sizes = {{"f", {10, 100}}, {"i", {3, 20}}, {"l", {4, 30}}};
  EXPECT_EQ(room_needed({{"l", Action::combine, catalogue, destination}}, sizes, 120), (RoomNeeded{0, 0}));
  EXPECT_EQ(room_needed({{"f", Action::unpack, catalogue, work_area_here},
                         {"l", Action::combine, catalogue, combined_here},
                         {"l", Action::copy, combined_here, destination}},
                        sizes, 120),
            (RoomNeeded{220, 0}));
  EXPECT_EQ(room_needed({{"f", Action::fetch, catalogue, archives_there},
                         {"f", Action::unpack, archives_there, work_area_there},
                         {"l", Action::fetch, catalogue, archives_there},
                         {"l", Action::unpack, archives_there, work_area_there}},
                        sizes, 120),
            (RoomNeeded{0, 140}))
      << "archives go once they are unpacked";
}

}  // namespace
}  // namespace barman::restore
