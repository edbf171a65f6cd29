#include "listing.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::copy {
namespace {

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
