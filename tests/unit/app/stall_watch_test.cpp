#include "stall_watch.h"

#include <gtest/gtest.h>

namespace barman::app {
namespace {

const report::Stall slot = {"replication slot", "text", "command"}, disk = {"disk of /a b", "text", "command"};
const Timestamp monday{1'795'000'000'000'000, 0}, tuesday{1'795'086'400'000'000, 0};

TEST(Stalls, AreToldWhenTheyBeginAndWhenTheyAreOver) {
  const StallNews first = compare({}, {slot, disk}, true, monday);
  EXPECT_EQ(first.begun.size(), 2U);
  EXPECT_TRUE(first.over.empty());
  const StallNews again = compare(first.memory, {slot, disk}, true, tuesday);
  EXPECT_TRUE(again.begun.empty());
  EXPECT_TRUE(again.over.empty());
  EXPECT_EQ(again.memory, first.memory);
  const StallNews last = compare(again.memory, {disk}, true, tuesday);
  EXPECT_TRUE(last.begun.empty());
  ASSERT_EQ(last.over.size(), 1U);
  EXPECT_EQ(last.over.at("replication slot"), monday);
}

TEST(Stalls, AreNotOverWhenNobodyCouldLook) {
  const StallNews news = compare({{slot.kind, monday}}, {disk}, false, tuesday);
  EXPECT_TRUE(news.over.empty());
  EXPECT_EQ(news.memory, (StallMemory{{slot.kind, monday}, {disk.kind, tuesday}}));
}

TEST(Stalls, AreReadAsTheyAreWritten) {
  const StallMemory memory = {{"disk of /a b", monday}, {"replication slot", tuesday}};
  EXPECT_EQ(parse_stalls(to_text(memory)), memory);
  EXPECT_EQ(parse_stalls("garbage\n\n12\n13 \n14 x\n").size(), 1U);
}

}  // namespace
}  // namespace barman::app
