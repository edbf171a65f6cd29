#include "barman/archiver/archive_wal.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "archiver_fixture.h"
#include "barman/codec/codec.h"
#include "barman/core/error.h"

namespace barman::archiver {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

class ArchiveWal : public ArchiverFixture {
 protected:
  std::string decompressed(const std::string& name) const {
    const std::string to = path("unpacked");
    fs::remove_file(to);
    codec::decode_file(path("main/" + name), to, codec::stored_as(codec::Algorithm::gzip));
    return fs::read_file(to);
  }
};

TEST_F(ArchiveWal, MovesFilesAndWritesTheirLines) {
  put("incoming/" + w2, "two", 1700000002);
  put("incoming/" + w1, "one", 1700000001, 0600);
  put("incoming/00000002.history", "1\t0/1\tx\n");
  EXPECT_EQ(archive(), 3U);
  EXPECT_THAT(names("incoming"), IsEmpty());
  EXPECT_EQ(content(hash(w1)), "one");
  EXPECT_EQ(content(hash(w2)), "two");
  EXPECT_EQ(content("wals/00000002.history"), "1\t0/1\tx\n");
  EXPECT_EQ(index(), w1 + "\t3\t1700000001.25\tNone\tNone\n" + w2 + "\t3\t1700000002.25\tNone\tNone\n" +
                         "00000002.history\t8\t1700000000.25\tNone\tNone\n");
  EXPECT_EQ(fs::stat_if_exists(path("main/" + hash(w1)))->st_mode & 07777U, 0600U);
  EXPECT_THAT(notifier.lines, ElementsAre("info: Processing xlog segments from file archival for main", "info: \t" + w1,
                                          "info: \t" + w2, "info: \t00000002.history"));
}

TEST_F(ArchiveWal, TellsWhenNothingWaits) {
  config.streaming_archiver = true;
  put("streaming/" + w2 + ".partial", "");
  put("incoming/." + w1, "on its way");
  put("incoming/" + w1 + ".tmp", "somebody's");
  EXPECT_TRUE(nothing_waits(config));
  put("streaming/" + w1, "complete");
  EXPECT_FALSE(nothing_waits(config));
  fs::remove_file(path("main/streaming/" + w1));
  put("incoming/readme", "unexpected");
  EXPECT_FALSE(nothing_waits(config));
  config.archiver = false;
  EXPECT_TRUE(nothing_waits(config)) << "nobody looks into incoming";
}

TEST_F(ArchiveWal, CompressesAndKeepsTimeAndMode) {
  config.compression = "pigz";
  const std::string bytes(50'000, 'w');
  put("incoming/" + w1, bytes, 1700000001);
  archive();
  const auto info = fs::stat_if_exists(path("main/" + hash(w1)));
  EXPECT_EQ(decompressed(hash(w1)), bytes);
  EXPECT_EQ(info->st_mode & 07777U, 0640U);
  EXPECT_EQ(info->st_mtim.tv_sec, 1700000001);
  EXPECT_EQ(info->st_mtim.tv_nsec, 250'000'000);
  EXPECT_EQ(index(), w1 + "\t" + std::to_string(info->st_size) + "\t1700000001.25\tpigz\tNone\n");
  EXPECT_THAT(names("wals/0000000100000000"), ElementsAre(w1));
}

TEST_F(ArchiveWal, SharesNoTemporaryNameWithAnotherArchiver) {
  config.compression = "pigz";
  const std::string others = "wals/0000000100000000/" + w1 + ".compressed";  // Barman's name, and once ours
  put(others, "half of it");
  put("incoming/" + w1, "content");
  archive();
  EXPECT_EQ(decompressed(hash(w1)), "content");
  EXPECT_EQ(content(others), "half of it");
}

TEST_F(ArchiveWal, CatchesUpWithLz4sFastCompressor) {
  config.compression = "lz4";
  std::string bytes;  // that the two compressors pack differently
  for (unsigned i = 0, state = 1; i < 20'000; ++i) bytes += "abcdefgh"[(state = state * 1664525U + 1013904223U) >> 30U];
  const auto stored_size = [&](const std::string& level) {
    const std::string to = path("packed");
    fs::remove_file(to);
    put("plain", bytes);
    codec::encode_file(path("main/plain"), to, {{.algorithm = codec::Algorithm::lz4, .level = level}});
    return fs::stat_if_exists(to)->st_size;
  };
  const auto archived_size = [&](const std::string& name) {
    return fs::stat_if_exists(path("main/" + hash(name)))->st_size;
  };
  ASSERT_LT(stored_size("medium"), stored_size("low"));
  put("incoming/" + w1, bytes);
  archive();
  EXPECT_EQ(archived_size(w1), stored_size("medium"));
  for (int i = 0; i < 33; ++i) put(fmt::format("incoming/0000000100000001{:08X}", i), bytes);
  archive();
  EXPECT_EQ(archived_size("000000010000000100000020"), stored_size("low"));
}

TEST_F(ArchiveWal, StoresWhatComesCompressedAsItIs) {
  config.compression = "gzip";
  put("plain", whole_segment(w1));
  codec::encode_file(path("main/plain"), path("main/incoming/" + w1), {{.algorithm = codec::Algorithm::bzip2}});
  const std::string delivered = content("incoming/" + w1);
  archive();
  EXPECT_EQ(content(hash(w1)), delivered);
  EXPECT_THAT(index(), HasSubstr("\tbzip2\tNone\n"));
}

TEST_F(ArchiveWal, TakesStreamedFilesForPlain) {
  config.compression = "gzip";
  config.archiver = false;
  config.streaming_archiver = true;
  put("streaming/" + w1, "BZh91AY a page may start like this");
  put("streaming/" + w2 + ".partial", "");
  archive();
  EXPECT_EQ(decompressed(hash(w1)), "BZh91AY a page may start like this");
  EXPECT_THAT(names("streaming"), ElementsAre(w2 + ".partial"));
  EXPECT_EQ(notifier.lines[0], "info: Processing xlog segments from streaming for main (batch size: 1)");
}

TEST_F(ArchiveWal, KeepsOrderWithManyFilesOnAllCores) {
  config.compression = "zstd";
  std::string wanted;
  std::vector<std::string> wals;
  for (int i = 0; i < 200; ++i) {
    wals.push_back("0000000100000000000000" + std::string(i < 16 ? "0" : "") + [&] {
      char digits[8];
      std::snprintf(digits, sizeof digits, "%X", static_cast<unsigned>(i));
      return std::string(digits);
    }());
    put("incoming/" + wals.back(), std::string(static_cast<std::size_t>(1 + (i * 7919) % 30'000), 'x'));
  }
  EXPECT_EQ(archive(), 200U);
  std::string order;
  for (std::size_t at = 0; at < index().size(); at = index().find('\n', at) + 1) order += index().substr(at, 24) + "\n";
  for (const std::string& wal : wals) wanted += wal + "\n";
  EXPECT_EQ(order, wanted);
  EXPECT_THAT(names("incoming"), IsEmpty());
}

TEST_F(ArchiveWal, DropsWhatTheArchiveHasAlready) {
  config.compression = "gzip";
  put("incoming/" + w1, "same");
  archive();
  const std::string before = index();
  put("incoming/" + w1, "same", 1600000000);
  notifier.lines.clear();
  EXPECT_EQ(archive(), 1U);
  EXPECT_EQ(index(), before);
  EXPECT_THAT(names("incoming"), IsEmpty());
  EXPECT_THAT(names("errors"), IsEmpty());
  EXPECT_EQ(notifier.lines.back(), "info: \t" + w1);
}

TEST_F(ArchiveWal, SetsAsideOtherContentOfTheSameName) {
  for (const int round : {1, 2})
    put("wals/0000000100000000/" + w1, "archived"), put("incoming/" + w1, "other"), archive(), (void)round;
  EXPECT_EQ(content(hash(w1)), "archived");
  ASSERT_EQ(names("errors").size(), 2U) << "the second must not replace the first";
  EXPECT_THAT(names("errors")[0], MatchesRegex(w1 + "\\.[0-9]+T[0-9]+Z\\.duplicate"));
  EXPECT_EQ(content("errors/" + names("errors")[1]), "other");
  EXPECT_EQ(notifier.lines.back(),
            "info: \tError: " + w1 + " is already present in server main. File moved to errors directory.");
}

TEST_F(ArchiveWal, AnEncryptedCopyCountsAsOtherContentADamagedOneGivesWay) {
  put("wals/0000000100000000/" + w1, "-----BEGIN PGP MESSAGE-----");
  put("incoming/" + w1, "-----BEGIN PGP MESSAGE----- other");
  put("wals/0000000100000000/" + w2, "\x1f\x8b\x08 not really");
  put("incoming/" + w2, "content");
  put("incoming/" + w3, "goes on");
  EXPECT_EQ(archive(), 3U);
  EXPECT_THAT(names("errors"),
              ElementsAre(MatchesRegex(w1 + "\\..*\\.duplicate"), MatchesRegex(w2 + "\\..*\\.damaged")));
  EXPECT_EQ(content(hash(w2)), "content") << "what cannot be unpacked is of no use to anybody";
  EXPECT_EQ(content(hash(w3)), "goes on");
}

TEST_F(ArchiveWal, LeavesATornHistoryFileAndLetsALongerOneReplaceOneThatWasCutAtALine) {
  const std::string name = "00000003.history", first = "1\t0/5000000\tno target\n",
                    whole = first + "\n2\t0/7000000\tx\n";
  for (const char* compression : {"none", "gzip"}) {
    if (compression == std::string("gzip")) config.compression = compression;
    put("incoming/" + name, first.substr(0, 12));
    EXPECT_EQ(archive(), 0U);
    EXPECT_THAT(names("incoming"), ElementsAre(name));
    put("incoming/" + name, first);
    EXPECT_EQ(archive(), 1U);
    put("incoming/" + name, whole);
    EXPECT_EQ(archive(), 1U);
    EXPECT_THAT(names("incoming"), IsEmpty());
    ASSERT_EQ(names("errors").size(), 1U);
    EXPECT_THAT(names("errors")[0], MatchesRegex(name + "\\..*\\.damaged"));
    put("incoming/" + name, whole);
    EXPECT_EQ(archive(), 1U) << "the same content again";
    EXPECT_EQ(names("errors").size(), 1U);
    put("incoming/" + name, first);
    EXPECT_EQ(archive(), 1U);
    EXPECT_EQ(names("errors").size(), 2U) << "a shorter one replaces nothing";
    std::filesystem::remove_all(config.errors_directory);
    std::filesystem::remove(config.wals_directory + '/' + name);
    std::filesystem::create_directories(config.errors_directory);
  }
}

TEST_F(ArchiveWal, TakesAHistoryFileThatArrivesCompressed) {
  const std::string text = "1\t0/5000000\tno target\n";
  put("streaming/plain", text);
  codec::encode_file(path("main/streaming/plain"), path("main/incoming/00000002.history"),
                     {{.algorithm = codec::Algorithm::gzip}});
  EXPECT_EQ(archive(), 1U);
  EXPECT_THAT(names("errors"), IsEmpty());
  EXPECT_THAT(names("incoming"), IsEmpty());
}

TEST_F(ArchiveWal, CompletesWhatAKilledRunBegan) {
  config.compression = "pigz";
  for (const std::string& wal : {w1, w2, w3}) put("incoming/" + wal, "content of " + wal);
  archive();
  const std::string complete = index();
  const std::string first_line = complete.substr(0, complete.find('\n') + 1);
  // Named, but without lines, and the sources still there; the index ends in half a line.
  put("wals/main-xlog.db", first_line + w2 + "\t1");
  for (const std::string& wal : {w2, w3}) put("incoming/" + wal, "content of " + wal);
  EXPECT_EQ(archive(), 2U);
  EXPECT_EQ(index(), complete);
  EXPECT_THAT(names("incoming"), IsEmpty());
}

TEST_F(ArchiveWal, CompletesAHardLinkedFile) {
  put("incoming/" + w1, "content");
  fs::make_directories(path("main/wals/0000000100000000"));
  ASSERT_EQ(::link(path("main/incoming/" + w1).c_str(), path("main/" + hash(w1)).c_str()), 0);
  archive();
  EXPECT_EQ(content(hash(w1)), "content");
  EXPECT_EQ(index(), w1 + "\t7\t1700000000.25\tNone\tNone\n");
  EXPECT_THAT(names("incoming"), IsEmpty());
}

TEST_F(ArchiveWal, RewritesATornLineOfAFileWithoutSource) {
  put(hash(w1), "content");
  put("wals/main-xlog.db", w1 + "\t7\t17000");
  put("incoming/" + w2, "two");
  archive();
  EXPECT_EQ(index(), w1 + "\t7\t1700000000.25\tNone\tNone\n" + w2 + "\t3\t1700000000.25\tNone\tNone\n");
}

TEST_F(ArchiveWal, RewritesATornLineBeforeADuplicate) {
  put(hash(w1), "-----BEGIN PGP MESSAGE-----");
  put(hash(w2), "two");
  put("wals/main-xlog.db", w1 + "\t7");
  put("incoming/" + w2, "two");
  archive();
  EXPECT_EQ(index(), w1 + "\t27\t1700000000.25\tNone\tgpg\n" + w2 + "\t3\t1700000000.25\tNone\tNone\n");
}

TEST_F(ArchiveWal, AddsALostLineInItsPlace) {
  for (const std::string& wal : {w1, w2, w3}) put("incoming/" + wal, wal);
  archive();
  const std::string complete = index();
  std::string without = complete;
  without.erase(without.find(w2), without.find(w3) - without.find(w2));
  put("wals/main-xlog.db", without);
  put("incoming/" + w2, w2);
  put("incoming/" + w4, w4);
  archive();
  EXPECT_EQ(index(), complete + w4 + "\t24\t1700000000.25\tNone\tNone\n");
}

TEST_F(ArchiveWal, StopsAtAFailureAfterArchivingWhatComesBefore) {
  config.compression = "custom";
  config.custom_compression_filter =
      "read line; echo $line; [ \"$line\" != bad ] || { echo no more paper >&2; exit 1; }";
  config.custom_decompression_filter = "cat";
  config.custom_compression_magic = "0x00";
  for (const std::string& wal : {w1, w3, w4}) put("incoming/" + wal, "good\n");
  put("incoming/" + w2, "bad\n");
  try {
    archive();
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("no more paper"));
    EXPECT_THAT(error.what(), HasSubstr(w2));
  }
  EXPECT_THAT(names("incoming"), ElementsAre(w2, w3, w4));
  EXPECT_THAT(names("wals/0000000100000000"), ElementsAre(w1)) << "no temporary file stays";
  EXPECT_EQ(index(), w1 + "\t5\t1700000000.25\tcustom\tNone\n");
  EXPECT_THAT(notifier.lines, ElementsAre(testing::_, "info: \t" + w1)) << "only what was archived is named";
}

TEST_F(ArchiveWal, FollowsNoLinkOutOfIncoming) {
  put("elsewhere", "secret");
  ASSERT_EQ(::symlink(path("main/elsewhere").c_str(), path("main/incoming/" + w1).c_str()), 0);
  EXPECT_EQ(archive(), 0U);
  EXPECT_FALSE(exists(hash(w1)));
  EXPECT_FALSE(exists("incoming/" + w1));
  EXPECT_EQ(content("elsewhere"), "secret");
  EXPECT_THAT(names("errors"), ElementsAre(MatchesRegex(w1 + "\\..*Z\\.unknown")));
}

TEST_F(ArchiveWal, MovesUnknownObjectsAside) {
  put("incoming/notes", "x");
  fs::make_directories(path("main/incoming/" + w1));
  put("incoming/" + w2 + ".tmp", "unfinished");
  fs::remove_tree(path("main/errors"));
  EXPECT_EQ(archive(), 0U);
  EXPECT_THAT(names("incoming"), ElementsAre(w2 + ".tmp"));
  EXPECT_THAT(names("errors"),
              ElementsAre(MatchesRegex(w1 + "\\..*Z\\.unknown"), MatchesRegex("notes\\..*Z\\.unknown")));
  EXPECT_THAT(notifier.lines,
              ElementsAre("info: Processing xlog segments from file archival for main", "info: \tno file found",
                          "info: Some unknown objects have been found while processing xlog segments for main. "
                          "Objects moved to errors directory:",
                          "info: \t" + w1, "info: \tnotes"));
  EXPECT_EQ(index(), "(none)");
}

TEST_F(ArchiveWal, IsSilentInsideOtherCommandsUnlessThereIsWork) {
  archive(Say::what_is_done);
  EXPECT_THAT(notifier.lines, IsEmpty());
  put("incoming/" + w1, "x");
  archive(Say::what_is_done);
  EXPECT_EQ(notifier.lines.size(), 2U);
}

TEST_F(ArchiveWal, OneAtATime) {
  put("incoming/" + w1, "x");
  const auto held = fs::LockFile::try_acquire(locks.archive_wal());
  EXPECT_EQ(archive(), 0U);
  EXPECT_THAT(notifier.lines, ElementsAre("info: Another archive-wal process is already running on server main. "
                                          "Skipping to the next server"));
  notifier.lines.clear();
  archive(Say::what_is_done);
  EXPECT_THAT(notifier.lines, IsEmpty());
  EXPECT_TRUE(exists("incoming/" + w1));
}

TEST_F(ArchiveWal, DoesNothingOnAPassiveNode) {
  config.primary_ssh_command = "ssh primary";
  put("incoming/" + w1, "x");
  EXPECT_EQ(archive(), 0U);
  EXPECT_TRUE(exists("incoming/" + w1));
}

TEST_F(ArchiveWal, RunsHooksAroundEveryFile) {
  const std::string note =
      "echo $BARMAN_PHASE $BARMAN_RETRY $BARMAN_SEGMENT $BARMAN_FILE $BARMAN_COMPRESSION \"$BARMAN_ERROR\" "
      ">> " +
      path("hooks.out");
  config.compression = "gzip";
  config.hooks = {{"pre_archive_script", note}, {"post_archive_retry_script", note}};
  put("incoming/" + w1, "one");
  put(hash(w2), "two");
  put("incoming/" + w2, "other");
  archive();
  const std::string base = path("main/");
  EXPECT_EQ(fs::read_file(path("hooks.out")),
            "pre 0 " + w1 + " " + base + "incoming/" + w1 + " \n" +      //
                "post 1 " + w1 + " " + base + hash(w1) + " gzip \n" +    //
                "pre 0 " + w2 + " " + base + "incoming/" + w2 + " \n" +  //
                "post 1 " + w2 + " " + base + hash(w2) +
                " DuplicateWalFile:WalFileInfo(compression=None, encryption=None, name='" + w2 +
                "', size=5, time=1700000000.25)\n");
}

TEST_F(ArchiveWal, AHookCanStopTheRun) {
  config.hooks = {{"pre_archive_retry_script", "[ $BARMAN_SEGMENT = " + w1 + " ] || exit 63"},
                  {"post_archive_retry_script", "echo \"$BARMAN_ERROR\" >> " + path("hooks.out")}};
  for (const std::string& wal : {w1, w2, w3}) put("incoming/" + wal, wal);
  EXPECT_EQ(archive(), 1U);
  EXPECT_THAT(names("incoming"), ElementsAre(w2, w3));
  EXPECT_THAT(notifier.infos, ElementsAre(testing::_, "\t" + w1, "\t" + w2)) << "what its hook stopped is named, too";
  EXPECT_THAT(fs::read_file(path("hooks.out")),
              MatchesRegex("\nAbort 'pre_archive_retry_script' retry hook script .*exit code: 63.\n"));
}

}  // namespace
}  // namespace barman::archiver
