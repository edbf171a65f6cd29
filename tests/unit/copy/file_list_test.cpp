#include "file_list.h"

#include <gtest/gtest.h>

#include "barman/fs/file.h"

namespace barman::copy {
namespace {

using namespace std::string_literals;

TEST(FileList, SeparatesNamesByNul) {
  const fs::TemporaryDirectory directory("barman-test-");
  FileList list(directory.path() + "/l");
  EXPECT_TRUE(list.empty());
  list.add("a\nb");
  list.add("#c");
  list.finish();
  EXPECT_EQ(list.count(), 2U);
  EXPECT_EQ(fs::read_file(list.path()), "./a\nb\0./#c\0"s);
}

TEST(FileList, StartsEmptyAgain) {
  const fs::TemporaryDirectory directory("barman-test-");
  {
    FileList list(directory.path() + "/l");
    list.add("old");
    list.finish();
  }
  FileList list(directory.path() + "/l");
  list.finish();
  EXPECT_EQ(fs::read_file(list.path()), "");
}

TEST(FileList, WritesMoreThanItsBuffer) {
  const fs::TemporaryDirectory directory("barman-test-");
  FileList list(directory.path() + "/l");
  std::string want;
  for (int i = 0; i < 20'000; ++i) {
    list.add("base/16384/" + std::to_string(i));
    want += "./base/16384/" + std::to_string(i) + '\0';
  }
  list.finish();
  EXPECT_EQ(fs::read_file(list.path()), want);
}

TEST(Buckets, GiveEachFileToTheOneWithTheLeastToDo) {
  const fs::TemporaryDirectory directory("barman-test-");
  Buckets buckets(directory.path(), "0", 2, {.worth_a_job = 1});
  buckets.add("large", false, 1'000'000);
  for (int i = 0; i < 5; ++i) buckets.add("small", i == 4, 10'000);
  const auto taken = buckets.take();
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].quick.count() + taken[0].compare.count(), 1U);
  EXPECT_EQ(taken[1].quick.count(), 4U);
  EXPECT_EQ(taken[1].compare.count(), 1U);
}

TEST(Buckets, AreLimitedAndNeverEmpty) {
  const fs::TemporaryDirectory directory("barman-test-");
  Buckets buckets(directory.path(), "0", 3, {.worth_a_job = 1, .largest = 1'000'000});
  for (int i = 0; i < 7; ++i) buckets.add("f", false, 1'000'000);
  EXPECT_EQ(buckets.take().size(), 7U);
  EXPECT_TRUE(Buckets(directory.path(), "1", 3, {}).take().empty());
}

TEST(Buckets, HoldNoMoreNamesThanRsyncDoesQuickly) {
  const fs::TemporaryDirectory directory("barman-test-");
  Buckets buckets(directory.path(), "0", 1, {.worth_a_job = 1, .most_names = 3});
  for (int i = 0; i < 7; ++i) buckets.add("f", i % 2 == 0, 10);
  const auto taken = buckets.take();
  ASSERT_EQ(taken.size(), 3U);
  EXPECT_EQ(taken[0].quick.count() + taken[0].compare.count(), 3U);
  EXPECT_EQ(taken[2].quick.count() + taken[2].compare.count(), 1U);
}

TEST(Buckets, KnowWhetherThereAreTreesInThem) {
  const fs::TemporaryDirectory directory("barman-test-");
  Buckets buckets(directory.path(), "0", 2, {.worth_a_job = 1});
  buckets.add_tree("base/1", 1'000'000);
  buckets.add("f", false, 10);
  const auto taken = buckets.take();
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_TRUE(taken[0].trees);
  EXPECT_EQ(taken[0].quick.count(), 1U);
  EXPECT_FALSE(taken[1].trees);
}

TEST(Buckets, AreNoMoreThanAreWorthIt) {
  const fs::TemporaryDirectory directory("barman-test-");
  Buckets buckets(directory.path(), "0", 4, {.worth_a_job = 100'000});
  for (int i = 0; i < 30; ++i) buckets.add("f", false, 9'000);
  const auto taken = buckets.take();
  ASSERT_EQ(taken.size(), 3U);
  EXPECT_EQ(taken[0].quick.count() + taken[1].quick.count() + taken[2].quick.count(), 30U);
}

}  // namespace
}  // namespace barman::copy
