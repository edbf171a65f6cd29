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

TEST(WalsToCopy, OneThatThePrimaryListsTwiceIsCopiedOnce) {
  auto info = primary({"000000010000000000000001", "000000010000000000000002", "000000010000000000000001"});
  info.wals[2].size = 5;
  const auto wals = wals_to_copy(info, std::nullopt, "");
  ASSERT_EQ(wals.size(), 2U);
  EXPECT_EQ(wals[0].name, "000000010000000000000001");
  EXPECT_EQ(wals[0].size, 5) << "the last line tells what is there";
}

TEST(WalsToCopy, AreWalFilesOnly) {
  for (const char* name : {"../x", "x", "", "main-xlog.db"}) EXPECT_THROW(wals_to_copy(primary({name}), {}, ""), Error);
}

// An index whose line for the segment reached began at 100.
class ListsAllSince : public testing::Test {
 protected:
  catalog::PrimaryInfo answer(const std::vector<std::string>& listed, const std::vector<std::string>& appended) {
    catalog::PrimaryInfo info = primary(listed);
    info.last_name = reached.name;
    info.last_position = reached.position;
    std::int64_t length = line(reached.name);
    for (const std::string& name : appended) {
      info.last_name = name;
      info.last_position += length;
      length = line(name);
    }
    return info;
  }
  static std::int64_t line(const std::string& name) {
    return static_cast<std::int64_t>(serialize(catalog::WalEntry{name, 1, 1, {}, {}}).size());
  }
  bool ask(const catalog::PrimaryInfo& info) { return lists_all_since(info, reached, line(reached.name)); }
  const catalog::SyncPoint reached{"000000010000000000000003", 100};
  const std::string late = "000000010000000000000001.00000028.backup", next = "000000010000000000000004",
                    after = "000000010000000000000005";
};

TEST_F(ListsAllSince, NothingNew) { EXPECT_TRUE(ask(answer({}, {}))); }

TEST_F(ListsAllSince, EachNewLineIsListed) {
  EXPECT_TRUE(ask(answer({next}, {next})));
  EXPECT_TRUE(ask(answer({next, after}, {next, after})));
}

TEST_F(ListsAllSince, ALateFileBeforeAHigherOneIsNot) {
  EXPECT_FALSE(ask(answer({next}, {late, next})));
  EXPECT_FALSE(ask(answer({next, after}, {next, late, after})));
  EXPECT_FALSE(ask(answer({next}, {next, late})));
}

TEST_F(ListsAllSince, AnIndexThatShrankSaysNothing) {
  auto info = answer({next}, {next});
  info.last_position -= 60;
  EXPECT_FALSE(ask(info));
}

}  // namespace
}  // namespace barman::archiver
