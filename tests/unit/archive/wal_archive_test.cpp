#include "barman/archive/wal_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive_fixture.h"
#include "barman/archive/publisher.h"
#include "barman/codec/codec.h"
#include "barman/core/error.h"

namespace barman::archive {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class Archive : public ArchiveFixture {
 protected:
  void archived(const std::string& name) const { put("wals/" + name.substr(0, 16) + "/" + name, "x"); }
  std::string located(const std::string& name, bool partial) const {
    const auto found = wal_archive().open(name, partial);
    return found ? found->path().substr(path("main/").size()) : "nowhere";
  }
};

TEST_F(Archive, LooksInTheArchiveThenWhereFilesWait) {
  EXPECT_EQ(located(w1, true), "nowhere");
  put("incoming/" + w1 + ".partial", "");
  EXPECT_EQ(located(w1, false), "nowhere");
  EXPECT_EQ(located(w1, true), "incoming/" + w1 + ".partial");
  put(hash(w1) + ".partial", "");
  EXPECT_EQ(located(w1, true), hash(w1) + ".partial");
  put("streaming/" + w1 + ".partial", "");
  EXPECT_EQ(located(w1, true), "streaming/" + w1 + ".partial");
  put("streaming/" + w1, "");
  EXPECT_EQ(located(w1, true), "streaming/" + w1);
  put("incoming/" + w1, "");
  EXPECT_EQ(located(w1, true), "incoming/" + w1);
  put(hash(w1), "");
  EXPECT_EQ(located(w1, true), hash(w1));
  put("wals/00000002.history", "");
  EXPECT_EQ(located("00000002.history", false), "wals/00000002.history");
}

TEST_F(Archive, ReadsHistoriesAsTheyAreStored) {
  const std::string text = "1\t0/400128\tno recovery target specified\n", stored = "wals/00000002.history";
  EXPECT_EQ(wal_archive().history(2), std::nullopt);
  put(stored, text);
  EXPECT_EQ(wal_archive().history(2), text);
  put("plain", text);
  using codec::Algorithm;
  for (const Algorithm algorithm :
       {Algorithm::gzip, Algorithm::bzip2, Algorithm::xz, Algorithm::zstd, Algorithm::lz4}) {
    fs::remove_file(path("main/" + stored));
    codec::encode_file(path("main/plain"), path("main/" + stored), {{.algorithm = algorithm}});
    EXPECT_EQ(wal_archive().history(2), text) << codec::name(algorithm);
  }
  put(stored, "\x1f\x8b\x08 damaged");
  EXPECT_THROW(wal_archive().history(2), Error);
}

TEST_F(Archive, PeeksUpToTheFirstHole) {
  archived(w1);
  put("incoming/" + w2, "");
  put("streaming/" + w3, "");
  archived("000000010000000000000006");
  EXPECT_THAT(wal_archive().peek(w1, 10), ElementsAre(w1, w2, w3));
  EXPECT_THAT(wal_archive().peek(w1, 2), ElementsAre(w1, w2));
  EXPECT_THAT(wal_archive().peek("000000010000000000000005", 10), IsEmpty());
}

TEST_F(Archive, PeeksAcrossLogsOfAnySegmentSize) {
  for (const char* name : {"0000000100000000000000FF", "000000010000000100000000", "000000010000000100000001",
                           "00000001000000050000003F", "000000010000000600000000"})
    archived(name);
  EXPECT_THAT(wal_archive().peek("0000000100000000000000FF", 9),
              ElementsAre("0000000100000000000000FF", "000000010000000100000000", "000000010000000100000001"));
  EXPECT_THAT(wal_archive().peek("00000001000000050000003F", 9),
              ElementsAre("00000001000000050000003F", "000000010000000600000000"));
}

TEST_F(Archive, PeeksOtherNamesAlone) {
  put("wals/00000002.history", "");
  EXPECT_THAT(wal_archive().peek("00000002.history", 5), ElementsAre("00000002.history"));
  EXPECT_THAT(wal_archive().peek("00000003.history", 5), IsEmpty());
}

TEST_F(Archive, KnowsTheLatestSegmentOfEachTimeline) {
  EXPECT_THAT(wal_archive().newest(), IsEmpty());
  archived("0000000100000000000000FE");
  archived("000000010000000100000002");
  archived("000000010000000100000001");
  archived("000000010000000100000003.partial");
  archived("000000010000000100000004.00000028.backup");
  archived("000000020000000100000005");
  fs::make_directories(path("main/wals/0000000200000009"));
  put("wals/00000003.history", "");
  put("wals/000000030000000X/junk", "");
  EXPECT_THAT(wal_archive().newest(),
              ElementsAre(Pair(1U, "000000010000000100000002"), Pair(2U, "000000020000000100000005")));
}

TEST_F(Archive, KnowsItsHighestTimeline) {
  EXPECT_EQ(wal_archive().highest_timeline(), std::nullopt);
  archived("000000010000000000000003");
  archived("0000000A0000000000000003");
  archived("0000000B0000000000000003.partial");
  put("wals/0000000C.history", "");  // as long as the name of a directory
  put("wals/main-xlog.db", "");
  EXPECT_EQ(wal_archive().highest_timeline(), 10U);
  config.wals_directory += "/missing";
  EXPECT_EQ(wal_archive().highest_timeline(), std::nullopt);
}

}  // namespace

namespace {

class RebuildXlogdb : public ArchiveFixture {
 protected:
  RebuildCounts rebuild() { return wal_archive().rebuild_index(); }
  void ensure() { wal_archive().index(); }
};

TEST_F(RebuildXlogdb, ListsWhatTheFilesTell) {
  put(hash(w1), "plain");
  put(hash(w2), "\x1f\x8b\x08 packed");
  put(hash(w1) + ".00000028.backup", "-----BEGIN PGP MESSAGE-----");
  put("wals/00000002.history", "BZh9");
  put("wals/0000000200000000/000000020000000000000003", "x");
  for (const char* other : {".partial", ".compressed", ".tmp"}) put(hash(w3) + other, "x");
  put("wals/sync-wals.info", "x");
  put("wals/main-xlog.db", "garbage");
  put("wals/.main-xlog.db.0123.tmp", "half an index");
  const auto counts = rebuild();
  EXPECT_EQ(counts.history, 1);
  EXPECT_EQ(counts.backup_labels, 1);
  EXPECT_EQ(counts.wal_files, 3);
  EXPECT_EQ(index(), w1 + "\t5\t1700000000.25\tNone\tNone\n" + w1 + ".00000028.backup\t27\t1700000000.25\tNone\tgpg\n" +
                         w2 + "\t10\t1700000000.25\tgzip\tNone\n00000002.history\t4\t1700000000.25\tbzip2\tNone\n" +
                         "000000020000000000000003\t1\t1700000000.25\tNone\tNone\n");
}

TEST_F(RebuildXlogdb, TakesTheUnrecognisedForCustom) {
  config.compression = "custom";
  config.custom_compression_filter = config.custom_decompression_filter = "cat";
  put(hash(w1), "anything");
  put(hash(w2), "\x1f\x8b\x08 packed");
  rebuild();
  EXPECT_EQ(index(), w1 + "\t8\t1700000000.25\tcustom\tNone\n" + w2 + "\t10\t1700000000.25\tgzip\tNone\n");
  config.custom_compression_magic = "0xcafe";
  put(hash(w1), "\xca\xfe packed");
  put(hash(w2), "plain");
  rebuild();
  EXPECT_EQ(index(), w1 + "\t9\t1700000000.25\tcustom\tNone\n" + w2 + "\t5\t1700000000.25\tNone\tNone\n");
}

TEST_F(RebuildXlogdb, HappensByItselfWhenThereIsNoIndex) {
  put(hash(w1), "x");
  put("wals/xlog.db", "old\n");
  config.legacy_links = false;
  ensure();
  EXPECT_EQ(index(), w1 + "\t1\t1700000000.25\tNone\tNone\n");
  EXPECT_FALSE(exists("wals/xlog.db"));
  EXPECT_TRUE(exists("wals/main-xlog.db.old"));
  put("wals/main-xlog.db", "as it is\n");
  ensure();
  EXPECT_EQ(index(), "as it is\n");
}

TEST_F(RebuildXlogdb, SetsTheIndexOfOldVersionsAsideTheFirstTime) {
  config.legacy_links = false;
  put("wals/xlog.db", "old\n");
  put("wals/main-xlog.db", "");
  rebuild();
  EXPECT_TRUE(exists("wals/xlog.db")) << "nothing says that it is ours";
  fs::remove_file(path("main/wals/main-xlog.db"));
  rebuild();
  EXPECT_FALSE(exists("wals/xlog.db"));
}

TEST_F(RebuildXlogdb, ReproducesWhatArchivingWrote) {
  config.compression = "zstd";
  for (const std::string& wal : {w1, w2, w3}) put("incoming/" + wal, std::string(2000, 'x') + wal, 1700000007);
  put("incoming/00000002.history", "1\t0/1\tx\n");
  WalArchive archive = wal_archive();
  Publisher publisher(archive, Origin::file, 4);
  std::vector<PreparedWal> batch;
  for (const std::string& wal : {w1, w2, w3, std::string("00000002.history")}) batch.push_back(publisher.prepare(wal));
  EXPECT_EQ(publisher.publish(batch), 4U);
  const std::string written = index();
  rebuild();
  EXPECT_EQ(index(), written);
}

}  // namespace

}  // namespace barman::archive
