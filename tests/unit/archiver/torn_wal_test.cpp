#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "archiver_fixture.h"
#include "barman/codec/codec.h"

// What scp or cp were stopped in the middle of, and what else is not the segment of its name.
namespace barman::archiver {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

class TornWal : public ArchiverFixture {
 protected:
  static std::string torn(const std::string& wal, std::size_t size = 300'000) {
    return whole_segment(wal).substr(0, size);
  }
  std::string unpacked(const std::string& wal) const {
    const std::string to = path("unpacked");
    fs::remove_file(to);
    codec::decode_file(path("main/" + hash(wal)), to, codec::stored_as(codec::Algorithm::gzip));
    return fs::read_file(to);
  }
  std::string line(const std::string& wal) const {
    return fmt::format("{}\t{}\t1700000000.25\tNone\tNone\n", wal, 1024 * 1024);
  }
};

TEST_F(TornWal, WaitsInIncomingAndHoldsUpNothing) {
  const std::string w5 = "000000010000000000000005", w6 = "000000010000000000000006", w7 = "000000010000000000000007";
  put("incoming/" + w1, torn(w1));
  put("incoming/" + w2, "");
  put("incoming/" + w3, whole_segment(w4));
  put("incoming/" + w4, whole_segment(w4) + "x");
  put("incoming/" + w5, std::string(1024 * 1024, '\0'));
  put("incoming/" + w6, torn(w6, 30));
  put("incoming/" + w7, whole_segment(w7));
  put("incoming/00000002.history", "");
  EXPECT_EQ(archive(), 1U);
  EXPECT_EQ(index(), line(w7));
  EXPECT_THAT(names("incoming"), ElementsAre(w1, w2, w3, w4, w5, w6, "00000002.history"));
  EXPECT_THAT(names("errors"), IsEmpty());
  EXPECT_THAT(notifier.lines,
              testing::Contains("warning: " + w1 + " waits in " + path("main/incoming") +
                                " and is not archived: 300000 bytes of a WAL segment of 1048576 bytes"));
  EXPECT_TRUE(nothing_waits(config)) << "cron has no reason to start an archiver every minute";
  put("incoming/" + w1, whole_segment(w1));
  EXPECT_FALSE(nothing_waits(config));
  EXPECT_EQ(archive(), 1U);
  EXPECT_EQ(content(hash(w1)), whole_segment(w1));
}

TEST_F(TornWal, DoesNotFillABatch) {
  config.archiver_batch_size = 2;
  for (const std::string& wal : {w1, w2, w3}) put("incoming/" + wal, torn(wal));
  put("incoming/" + w4, whole_segment(w4));
  EXPECT_EQ(archive(), 1U);
  EXPECT_EQ(index(), line(w4));
}

TEST_F(TornWal, WaitsInStreamingToo) {
  config.streaming_archiver = true;
  config.archiver = false;
  put("streaming/" + w1, torn(w1));
  put("streaming/" + w2, whole_segment(w2));
  put("streaming/" + w3 + ".partial", "");
  EXPECT_EQ(archive(), 1U);
  EXPECT_THAT(names("streaming"), ElementsAre(w1, w3 + ".partial"));
}

TEST_F(TornWal, WaitsWhereItComesCompressed) {
  put("plain", whole_segment(w1));
  codec::encode_file(path("main/plain"), path("packed"), {{.algorithm = codec::Algorithm::zstd}});
  const std::string packed = fs::read_file(path("packed"));
  put("incoming/" + w1, packed.substr(0, packed.size() / 2));
  put("plain", torn(w2));
  codec::encode_file(path("main/plain"), path("main/incoming/" + w2), codec::stored_as(codec::Algorithm::gzip));
  put("incoming/" + w3, whole_segment(w3));
  EXPECT_EQ(archive(), 1U);
  EXPECT_EQ(index(), line(w3));
  EXPECT_THAT(names("incoming"), ElementsAre(w1, w2));
}

TEST_F(TornWal, IsNotArchivedWithHooksEither) {
  config.hooks = {{"pre_archive_script", "echo $BARMAN_SEGMENT >> " + path("hooks.out")}};
  put("incoming/" + w1, torn(w1));
  put("incoming/" + w2, whole_segment(w2));
  EXPECT_EQ(archive(), 1U);
  EXPECT_EQ(fs::read_file(path("hooks.out")), w2 + "\n");
}

TEST_F(TornWal, GivesWayToTheWholeSegmentOfItsName) {
  put(hash(w1), torn(w1));
  put("wals/main-xlog.db", w1 + "\t300000\t1700000000.25\tNone\tNone\n" + line(w2));
  put(hash(w2), whole_segment(w2));
  put("incoming/" + w1, whole_segment(w1), 1700000000, 0600);
  EXPECT_EQ(archive(), 1U);
  EXPECT_EQ(content(hash(w1)), whole_segment(w1));
  EXPECT_EQ(index(), line(w1) + line(w2)) << "one line, with the size of what is there now";
  EXPECT_EQ(fs::stat_if_exists(path("main/" + hash(w1)))->st_mode & 07777U, 0600U);
  ASSERT_THAT(names("errors"), ElementsAre(MatchesRegex(w1 + "\\.[0-9]+T[0-9]+Z\\.damaged")));
  EXPECT_EQ(content("errors/" + names("errors")[0]), torn(w1));
  EXPECT_THAT(names("incoming"), IsEmpty());
  EXPECT_THAT(names("wals/0000000100000000"), ElementsAre(w1, w2));
  EXPECT_THAT(notifier.lines.back(), AllOf(HasSubstr("was damaged (300000 bytes of a WAL segment of 1048576 bytes)"),
                                           HasSubstr(names("errors")[0])));
}

TEST_F(TornWal, GivesWayWhereItIsCompressed) {
  config.compression = "gzip";
  put("plain", torn(w1));
  fs::make_directories(path("main/wals/0000000100000000"));
  codec::encode_file(path("main/plain"), path("main/" + hash(w1)), codec::stored_as(codec::Algorithm::gzip));
  put("incoming/" + w1, whole_segment(w1));
  EXPECT_EQ(archive(), 1U);
  EXPECT_EQ(unpacked(w1), whole_segment(w1));
  EXPECT_EQ(names("errors").size(), 1U);
}

TEST_F(TornWal, DoesNotReplaceAWholeSegment) {
  put(hash(w1), whole_segment(w1, 'a'));
  put("incoming/" + w1, whole_segment(w1, 'b'));
  put(hash(w2), whole_segment(w2));
  put("incoming/" + w2, torn(w2));
  EXPECT_EQ(archive(), 1U);
  EXPECT_EQ(content(hash(w1)), whole_segment(w1, 'a'));
  EXPECT_THAT(names("errors"), ElementsAre(MatchesRegex(w1 + ".*\\.duplicate")));
  EXPECT_THAT(names("incoming"), ElementsAre(w2));
}

TEST_F(TornWal, AReplacementThatWasCutShortIsCompleted) {
  put(hash(w1), torn(w1));
  put("wals/main-xlog.db", w1 + "\t300000\t1700000000.25\tNone\tNone\n");
  put("incoming/" + w1, whole_segment(w1));
  // Killed after the damaged one had been kept ...
  ASSERT_EQ(::link(path("main/" + hash(w1)).c_str(), path("main/errors/" + w1 + ".20260101T000000Z.damaged").c_str()),
            0);
  archive();
  EXPECT_THAT(names("errors"), ElementsAre(w1 + ".20260101T000000Z.damaged"));
  EXPECT_EQ(index(), line(w1));
  // ... or before the line was corrected.
  put("wals/main-xlog.db", w1 + "\t300000\t1700000000.25\tNone\tNone\n");
  put("incoming/" + w1, whole_segment(w1));
  archive();
  EXPECT_EQ(index(), line(w1));
  EXPECT_EQ(names("errors").size(), 1U);
  EXPECT_THAT(names("incoming"), IsEmpty());
}

TEST_F(TornWal, AFileThatIsBegunAgainAfterItWasListedIsLeftAlone) {
  put("incoming/" + w1, whole_segment(w1));
  const archive::WalQueue incoming = wal_archive().queue(archive::Origin::file);
  const std::vector<archive::Waiting> listed = incoming.list();
  EXPECT_EQ(listed.front().problem, std::nullopt);
  put("incoming/" + w1, torn(w1));
  EXPECT_EQ(incoming.unfit(w1), "300000 bytes of a WAL segment of 1048576 bytes");
}

}  // namespace
}  // namespace barman::archiver
