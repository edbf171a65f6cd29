#include "segment_listings.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "barman/archive/wal_archive.h"
#include "barman/wal/segment.h"
#include "unit/archive/archive_fixture.h"

namespace barman::archive {
namespace {

using Directory = SegmentListings::Directory;
using Names = SegmentListings::Names;

struct ::stat info_of(std::uint64_t inode, std::time_t changed, long nanoseconds) {
  struct ::stat info {};
  info.st_ino = inode;
  info.st_ctim = {changed, nanoseconds};
  return info;
}

Names names_of(std::initializer_list<std::uint32_t> segs) {
  Names names;
  for (const std::uint32_t seg : segs) names.add(seg);
  return names;
}

class Listings : public ArchiveFixture {
 protected:
  std::string file() const { return path("main/.wal-listings"); }
};

TEST_F(Listings, AreRememberedInAFile) {
  const Directory first{1, 0xA}, second{2, 0xA};
  SegmentListings listings(file());
  listings.remember(first, info_of(7, 1000, 5), 2000, names_of({0, 63, 64, 255}));
  listings.remember(second, info_of(8, 1001, 6), 2000, names_of({}));
  listings.save();
  const SegmentListings again(file());
  ASSERT_NE(again.find(first, info_of(7, 1000, 5)), nullptr);
  EXPECT_EQ(*again.find(first, info_of(7, 1000, 5)), names_of({0, 63, 64, 255}));
  ASSERT_NE(again.find(second, info_of(8, 1001, 6)), nullptr);
  EXPECT_EQ(again.find(Directory{1, 0xB}, info_of(7, 1000, 5)), nullptr);
}

TEST_F(Listings, CountForNothingOnceTheDirectoryHasChanged) {
  SegmentListings listings(file());
  listings.remember({1, 0}, info_of(7, 1000, 5), 2000, names_of({1}));
  EXPECT_NE(listings.find({1, 0}, info_of(7, 1000, 5)), nullptr);
  EXPECT_EQ(listings.find({1, 0}, info_of(8, 1000, 5)), nullptr);
  EXPECT_EQ(listings.find({1, 0}, info_of(7, 1001, 5)), nullptr);
  EXPECT_EQ(listings.find({1, 0}, info_of(7, 1000, 6)), nullptr);
}

TEST_F(Listings, ThatAMomentAgoWouldHaveBeenOthersAreNotRemembered) {
  SegmentListings listings(file());
  listings.remember({1, 0}, info_of(7, 1995, 0), 2000, names_of({1}));
  EXPECT_EQ(listings.find({1, 0}, info_of(7, 1995, 0)), nullptr);
  listings.save();
  EXPECT_FALSE(exists(".wal-listings"));
}

TEST_F(Listings, OfLinesThatAreNoneNothingIsTaken) {
  SegmentListings listings(file());
  listings.remember({1, 0}, info_of(7, 1000, 5), 2000, names_of({1}));
  listings.save();
  const std::string line = fs::read_file(file());
  put(".wal-listings", "x\n\n" + line.substr(0, line.size() - 2) + "\n" + line.substr(1) + line);
  EXPECT_NE(SegmentListings(file()).find({1, 0}, info_of(7, 1000, 5)), nullptr);
  put(".wal-listings", line.substr(0, line.size() - 2));
  EXPECT_EQ(SegmentListings(file()).find({1, 0}, info_of(7, 1000, 5)), nullptr);
}

TEST_F(Listings, ForgetDirectoriesThatAreGone) {
  SegmentListings listings(file());
  for (std::uint32_t log = 0; log < 3; ++log) listings.remember({1, log}, info_of(7, 1000, 5), 2000, names_of({1}));
  listings.save();
  const auto lines = [&] { return std::ranges::count(fs::read_file(file()), '\n'); };
  EXPECT_EQ(lines(), 3);
  SegmentListings again(file());
  again.drop_gone([](const Directory& each) { return each.log != 1; });
  again.save();
  EXPECT_EQ(lines(), 2);
  EXPECT_EQ(SegmentListings(file()).find({1, 1}, info_of(7, 1000, 5)), nullptr);
  EXPECT_NE(SegmentListings(file()).find({1, 2}, info_of(7, 1000, 5)), nullptr);
}

// Of three that are remembered one is asked about, one is there, and one is gone.
TEST_F(Listings, DoNotGrowForEver) {
  put(hash("000000020000000500000001"), "x");
  SegmentListings listings(file());
  for (const Directory& each : {Directory{1, 0}, Directory{2, 5}, Directory{1, 7}})
    listings.remember(each, info_of(7, 1000, 5), 2000, names_of({1}));
  listings.save();
  std::vector<Segment> segments;
  for (std::uint32_t i = 0; i < 10'000; ++i) segments.push_back({3, i / 256, i % 256});
  segments.insert(segments.begin(), Segment{1, 0, 1});
  wal_archive().are_there(segments);
  const SegmentListings left(file());
  EXPECT_NE(left.find({1, 0}, info_of(7, 1000, 5)), nullptr) << "it is listed, and the index will be cleaned";
  EXPECT_NE(left.find({2, 5}, info_of(7, 1000, 5)), nullptr);
  EXPECT_EQ(left.find({1, 7}, info_of(7, 1000, 5)), nullptr);
}

// More segments than are asked about without remembering.
TEST_F(Listings, SayWhatIsThereNow) {
  std::vector<Segment> segments;
  for (std::uint32_t i = 0; i < 10'000; ++i) segments.push_back({1, i / 256, i % 256});
  for (const char* name : {"000000010000000000000003", "0000000100000001000000FF"}) put(hash(name), "x");
  const WalArchive archive = wal_archive();
  std::vector<char> there(segments.size(), 0);
  there[3] = there[256 + 255] = 1;
  EXPECT_EQ(archive.are_there(segments), there);
  fs::remove_file(path("main/wals/0000000100000000/000000010000000000000003"));
  there[3] = 0;
  EXPECT_EQ(archive.are_there(segments), there);
}

}  // namespace
}  // namespace barman::archive
