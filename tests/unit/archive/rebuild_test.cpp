#include <gtest/gtest.h>

#include "archive_fixture.h"
#include "barman/archive/publisher.h"
#include "barman/archive/wal_archive.h"

namespace barman::archive {
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
