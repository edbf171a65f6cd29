#include "listing.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "barman/core/text.h"
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

class ListingTest : public testing::Test {
 protected:
  void add_files(const std::string& directory, int count, std::int64_t bytes, bool compare = false) {
    for (int i = 0; i < count; ++i) listing_.add(fmt::format("{}/{}", directory, i), compare, bytes);
  }
  // What one job would be given: names, and the directories with a slash behind them.
  std::vector<std::string> dealt() {
    listing_.finish();
    Buckets buckets(directory_.path(), "0", 1, {.worth_a_job = 1});
    deal_out(listing_, 1, buckets);
    std::vector<std::string> names;
    for (const Buckets::Bucket& bucket : buckets.take()) {
      for (const FileList* list : {&bucket.quick, &bucket.compare})
        for (const std::string& name : split(fs::read_file(list->path()), '\0'))
          if (!name.empty()) names.push_back(name.substr(2));
      trees_ = trees_ || bucket.trees;
    }
    return names;
  }

  fs::TemporaryDirectory directory_{"barman-test-"};
  Listing listing_{directory_.path() + "/all"};
  bool trees_ = false;
};

TEST_F(ListingTest, GivesBackWhatWasAdded) {
  for (int i = 0; i < 20'000; ++i) listing_.add(fmt::format("base/16384/a\n{}", i), i % 3 == 0, i);
  listing_.add("", false, 0);
  listing_.finish();
  Listing::Cursor cursor(listing_);
  std::int64_t weight = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto file = cursor.next();
    ASSERT_TRUE(file);
    EXPECT_EQ(file->name, fmt::format("base/16384/a\n{}", i));
    EXPECT_EQ(file->compare, i % 3 == 0);
    EXPECT_GT(file->weight, i) << "a file costs something by itself";
    weight += file->weight;
  }
  EXPECT_EQ(cursor.next()->name, "");
  EXPECT_FALSE(cursor.next());
  EXPECT_FALSE(cursor.next());
  EXPECT_GT(listing_.weight(), weight);
}

TEST_F(ListingTest, KnowsDirectoriesThatHoldOthers) {
  listing_.add_directory("./");
  listing_.add_directory("base/");
  listing_.add_directory("base/1/");
  EXPECT_TRUE(listing_.has_directories_in(""));
  EXPECT_TRUE(listing_.has_directories_in("base"));
  EXPECT_FALSE(listing_.has_directories_in("base/1"));
}

TEST_F(ListingTest, NamesAWholeDirectoryOfSmallFilesOnce) {
  add_files("small", 100, 10);
  add_files("large", 2, 100'000'000);
  EXPECT_EQ(dealt(), (std::vector<std::string>{"small", "large/0", "large/1"}));
  EXPECT_TRUE(trees_);
}

TEST_F(ListingTest, NamesFilesWhereTheDirectoryIsNotTheSame) {
  add_files("few", 3, 10);
  add_files("compared", 50, 10, true);
  add_files("holds", 50, 10);
  listing_.add_directory("holds/other/");
  for (int i = 0; i < 50; ++i) listing_.add(fmt::format("of_root{}", i), false, 10);
  add_files("heavy", 50, 10'000'000);
  EXPECT_EQ(dealt().size(), 3U + 50 + 50 + 50 + 50);
  EXPECT_FALSE(trees_);
}

TEST_F(ListingTest, MayBeEmpty) { EXPECT_TRUE(dealt().empty()); }

}  // namespace

}  // namespace barman::copy
