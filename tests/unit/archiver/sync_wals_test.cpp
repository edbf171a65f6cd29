#include "barman/archiver/sync_wals.h"

#include <gtest/gtest.h>

#include "barman/core/error.h"

namespace barman::archiver {
namespace {

catalog::PrimaryInfo primary(const std::vector<std::string>& names) {
  catalog::PrimaryInfo info;
  for (const std::string& name : names) info.wals.push_back({name, 1, 1, {}, {}});
  return info;
}

TEST(WalsToCopy, AreThoseBehindThePointReached) {
  const auto info = primary({"000000010000000000000001", "000000010000000000000002", "000000010000000000000003"});
  EXPECT_EQ(wals_to_copy(info, std::nullopt, "").size(), 3U);
  const auto rest = wals_to_copy(info, catalog::SyncPoint{"000000010000000000000002", 60}, "000000010000000000000002");
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].name, "000000010000000000000003");
}

TEST(WalsToCopy, OneThatCameLateIsNotLost) {
  const auto info = primary({"000000010000000000000003", "000000010000000000000001", "000000010000000000000002"});
  const auto rest = wals_to_copy(info, catalog::SyncPoint{"000000010000000000000003", 60}, "000000010000000000000002");
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest.front().name, "000000010000000000000002");
}

TEST(WalsToCopy, AreWalFilesOnly) {
  for (const char* name : {"../x", "x", "", "main-xlog.db"}) EXPECT_THROW(wals_to_copy(primary({name}), {}, ""), Error);
}

}  // namespace
}  // namespace barman::archiver
