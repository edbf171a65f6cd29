#include "barman/reach/known_wal.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "barman/core/error.h"
#include "unit/reach/reach_fixture.h"

namespace barman::reach {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using KnownWalOf = ReachFixture;

std::uint64_t count_ends(const recovery::Archive& archive) {
  std::uint64_t count = 0;
  for (const WalNote& note : archive.notes) count += note.ends;
  return count;
}

TEST_F(KnownWalOf, EveryCompressionIsRead) {
  fill(8);
  wal.restore_point("here", 99'000);
  archive_all({"", "gzip", "bzip2", "xz", "zstd", "lz4", "pigz"});
  ServerContext server = context();
  const KnownWal known(server);
  ASSERT_THAT(known.archive().notes, SizeIs(9));
  EXPECT_EQ(count_ends(known.archive()), commits);
  EXPECT_THAT(known.unread(), IsEmpty());
  ASSERT_THAT(known.archive().points, SizeIs(1));
  EXPECT_EQ(known.archive().points[0].point.name, "here");
  EXPECT_EQ(known.archive().points[0].segment, (Segment{1, 0, 9}));
  for (std::size_t i = 1; i < 9; ++i) EXPECT_TRUE(known.archive().notes[i].joined) << i;
  EXPECT_EQ(known.archive().notes[1].first_micros, 2000);  // it has crossed
}

TEST_F(KnownWalOf, RecordsAreReadWithWhatCrosses) {
  fill(4);
  archive_all({"gzip"});
  ServerContext server = context();
  const KnownWal known(server);
  const auto read = known.reader();
  const auto second = read({1, 0, 2}, WalReader::Yield::noted);
  ASSERT_THAT(second, SizeIs(2));
  EXPECT_EQ(second[0].xid, 2U);
  EXPECT_EQ(second[1].xid, 3U);
}

TEST_F(KnownWalOf, AnExtentLeavesTheOthersUnread) {
  fill(6);
  archive_all();
  fs::replace_file(archived(name(1)), "no segment");
  ServerContext server = context();
  const KnownWal known(server, {Segment{1, 0, 2}, Segment{1, 0, 4}});
  ASSERT_THAT(known.archive().notes, SizeIs(3));
  EXPECT_EQ(known.archive().notes.front().segment, (Segment{1, 0, 2}));
  EXPECT_TRUE(known.is_cut_off());
  EXPECT_FALSE(KnownWal(server, {Segment{1, 0, 2}, {}}).is_cut_off());
}

TEST_F(KnownWalOf, WhatIsNotThereIsMissing) {
  fill(4);
  archive_all();
  fs::remove_file(archived(name(2)));
  ServerContext server = context();
  const KnownWal known(server);
  ASSERT_THAT(known.archive().notes, SizeIs(3));
  EXPECT_FALSE(known.archive().notes[1].joined);
  EXPECT_TRUE(known.archive().notes[2].joined);
}

TEST_F(KnownWalOf, WhatCannotBeDecodedIsDamaged) {
  fill(4);
  archive_all({"gzip"});
  const std::string whole = fs::read_file(archived(name(2)));
  fs::remove_file(archived(name(2)));
  fs::replace_file(archived(name(2)), whole.substr(0, whole.size() / 2));
  ServerContext server = context();
  const KnownWal known(server);
  ASSERT_THAT(known.archive().notes, SizeIs(4));
  EXPECT_EQ(known.archive().notes[1].end, WalEnd::damaged);
  EXPECT_EQ(known.archive().notes[1].whole_to, 0U);
  EXPECT_EQ(known.archive().notes[1].ends, 0U);
}

TEST_F(KnownWalOf, WhatCannotBeOpenedIsNotKnown) {
  fill(2);
  archive_all();
  store(name(3), "-----BEGIN PGP MESSAGE-----\n\nno message");
  context().archive().rebuild_index();
  ServerContext server = context();
  const KnownWal known(server);
  ASSERT_THAT(known.unread(), SizeIs(1));
  EXPECT_EQ(known.unread()[0].segment, (Segment{1, 0, 3}));
  EXPECT_THAT(known.unread()[0].reason, testing::HasSubstr("encryption_passphrase_command"));
  EXPECT_EQ(known.archive().notes.back().end, WalEnd::unreadable);
  EXPECT_EQ(known.archive().notes.back().segment_size(), 1024U * 1024);
}

TEST_F(KnownWalOf, ATimelineContinuesItsParents) {
  fill(2);
  const Lsn left = wal.at();  // in the third segment
  wal.commit(50, 50'000);
  archive_all();
  MadeWal later = wal;
  later.timeline = 2;
  const auto copy = wal.segments().back();
  later.fill_segment(0);
  later.commit(60, 60'000);
  const auto segments = later.segments();
  store("000000020000000000000003", segments[2]);
  store("000000020000000000000004", segments[3]);
  write("main/wals/00000002.history", fmt::format("1\t{}\tno reason\n", to_string(left)));
  context().archive().rebuild_index();
  ServerContext server = context();
  const KnownWal known(server);
  const auto& notes = known.archive().notes;
  ASSERT_THAT(notes, SizeIs(5));
  EXPECT_TRUE(notes[3].joined);
  EXPECT_TRUE(notes[4].joined);
  EXPECT_EQ(notes[4].last_xid, 60U);
  EXPECT_EQ(known.path_to("latest", 1).target(), 2U);
  EXPECT_EQ(known.path_to("current", 1).target(), 1U);
  EXPECT_EQ(known.path_to("2", 1).legs().front().end, left);
  EXPECT_EQ(known.path_to("1", 1).target(), 1U);
  EXPECT_THROW(known.path_to("3", 1), Error);
  EXPECT_THROW(known.path_to("0", 1), Error);
  EXPECT_EQ(known.path_to("7", 7).target(), 7U);  // without a history, without parents
}

TEST_F(KnownWalOf, AnEmptyArchiveIsNone) {
  ServerContext server = context();
  EXPECT_THAT(KnownWal(server).archive().notes, IsEmpty());
}

// ---- Notes
// -----------------------------------------------------------------------------------------------------------------

class NotedWal : public ReachFixture {
 protected:
  std::vector<WalNote> ask() {
    ServerContext server = context();
    return KnownWal(server).archive().notes;
  }
  // Of the same size and time.
  void ruin(const std::string& of) const {
    const std::string file = archived(of);
    const auto info = fs::stat_if_exists(file).value();
    std::ofstream(file, std::ios::binary | std::ios::in) << "ruined";
    const struct ::timespec times[2] = {info.st_atim, info.st_mtim};
    ::utimensat(AT_FDCWD, file.c_str(), times, 0);
  }
  std::size_t lines() const {
    const std::string text = fs::read_file_if_exists(path("main/.wal-notes")).value_or("");
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
  }
};

TEST_F(NotedWal, IsNotReadAgain) {
  fill(6);
  wal.restore_point("here", 5);
  archive_all();
  const auto read = ask();
  EXPECT_EQ(lines(), 7U);
  for (std::size_t i = 1; i <= 7; ++i) ruin(name(i));
  EXPECT_EQ(ask(), read);
  ServerContext server = context();
  const KnownWal known(server);
  EXPECT_THAT(known.archive().points, SizeIs(1));
  EXPECT_EQ(lines(), 7U);
  EXPECT_EQ(KnownWal(server, {}, Notes::made_anew).archive().notes.front().end, WalEnd::damaged);
}

// Whoever may not read has what is noted, and what is there.
TEST_F(NotedWal, SufficesAlone) {
  fill(6);
  archive_all();
  const auto noted = ask();
  std::string text = fs::read_file(path("main/.wal-notes"));
  for (int i = 0; i < 2; ++i) text.erase(text.rfind('\n', text.size() - 2) + 1);
  write("main/.wal-notes", text);
  for (std::size_t i = 1; i <= 6; ++i) ruin(name(i));
  ServerContext server = context();
  const KnownWal known(server, {}, Notes::alone);
  EXPECT_EQ(known.presumed(), 2U);
  ASSERT_THAT(known.archive().notes, SizeIs(6));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(known.archive().notes[i], noted[i]) << i;
  for (std::size_t i = 4; i < 6; ++i) {
    EXPECT_TRUE(known.archive().notes[i].is_whole()) << i;
    EXPECT_EQ(known.archive().notes[i].segment_size(), noted[0].segment_size()) << i;
    EXPECT_EQ(known.archive().notes[i].ends, 0U) << i;
  }
  EXPECT_EQ(lines(), 4U);
}

TEST_F(NotedWal, FollowsWhatIsNoted) {
  fill(6);
  archive_all();
  ask();
  fill(2);
  archive_all();
  const auto notes = ask();
  ASSERT_THAT(notes, SizeIs(8));
  for (std::size_t i = 1; i < 8; ++i) EXPECT_TRUE(notes[i].joined) << i;
}

TEST_F(NotedWal, IsReadAgainWhenTheIndexSaysThatItIsAnother) {
  fill(3);
  archive_all({"gzip"});
  const auto before = ask();
  store(name(2), fs::read_file(path("plain")));  // of another segment
  context().archive().rebuild_index();
  const auto after = ask();
  EXPECT_TRUE(before[1].is_whole());
  EXPECT_FALSE(after[1].is_whole());
}

TEST_F(NotedWal, ThatWasMissingIsJoinedWhenItIsThere) {
  fill(4);
  archive_all();
  fs::rename_file(archived(name(2)), path("aside"));
  ASSERT_THAT(ask(), SizeIs(3));
  fs::rename_file(path("aside"), archived(name(2)));
  const auto notes = ask();
  ASSERT_THAT(notes, SizeIs(4));
  for (std::size_t i = 1; i < 4; ++i) EXPECT_TRUE(notes[i].joined) << i;
  EXPECT_EQ(ask(), notes);
}

TEST_F(NotedWal, IsCaughtUpWith) {
  fill(4);
  archive_all();
  ServerContext server = context();
  EXPECT_FALSE(catch_up(server, std::chrono::steady_clock::now() - std::chrono::seconds(1)));
  EXPECT_EQ(lines(), 0U);
  EXPECT_TRUE(catch_up(server, std::chrono::steady_clock::now() + std::chrono::seconds(60)));
  EXPECT_EQ(lines(), 4U);
}

TEST_F(NotedWal, WaitsForNobodyPastTheDeadlineOfItsServer) {
  fill(4);
  archive_all();
  ServerContext server = context();
  server.set_deadline(std::chrono::steady_clock::now());
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  {
    const auto held = fs::LockFile::try_acquire(server.locks().xlogdb());
    ASSERT_TRUE(held);
    EXPECT_THROW(catch_up(server, until), Error);
  }
  EXPECT_TRUE(catch_up(server, until));
}

TEST_F(NotedWal, ThatIsGoneLeavesNoNotesForEver) {
  fill(4);
  archive_all();
  ask();
  std::string text = fs::read_file(path("main/.wal-notes"));
  const std::string line = text.substr(0, text.find('\n') + 1);
  for (int i = 0; i < 200; ++i) text += line;
  write("main/.wal-notes", text);
  ServerContext server = context();
  EXPECT_TRUE(catch_up(server, std::chrono::steady_clock::now() + std::chrono::seconds(60)));
  EXPECT_EQ(lines(), 4U);
  EXPECT_THAT(ask(), SizeIs(4));
}

// ---- Backups
// ---------------------------------------------------------------------------------------------------------------

class Backups : public ReachFixture {
 protected:
  void add(const std::string& id, const std::string& status, const std::string& more = {}) {
    write(fmt::format("main/meta/{}-backup.info", id),
          fmt::format("begin_xlog=0/100028\nend_xlog=0/100100\nmode=rsync-concurrent\nserver_name=main\nstatus={}\n"
                      "timeline=1\nversion=160002\nxlog_segment_size=1048576\n{}",
                      status, more));
    fs::make_directories(path(fmt::format("main/base/{}/data", id)));
  }
};

TEST_F(Backups, AreThoseOfWhichAllIsCopied) {
  add("20260101T000000", "DONE");
  add("20260102T000000", "FAILED");
  add("20260103T000000", "WAITING_FOR_WALS");
  write("main/meta/20260103T000000-keep", "standalone");
  ServerContext server = context();
  std::vector<Unusable> others;
  const auto backups = base_backups(server, &others);
  ASSERT_THAT(backups, SizeIs(2));
  EXPECT_EQ(backups[0].id, "20260101T000000");
  EXPECT_EQ(backups[0].timeline, 1U);
  EXPECT_EQ(backups[0].begin, Lsn{0x100028});
  EXPECT_EQ(backups[0].end, Lsn{0x100100});
  EXPECT_FALSE(backups[0].standalone);
  EXPECT_TRUE(backups[1].standalone);
  ASSERT_THAT(others, SizeIs(1));
  EXPECT_EQ(others[0].backup_id, "20260102T000000");
  EXPECT_EQ(base_backup(server, "20260101T000000").begin, Lsn{0x100028});
}

}  // namespace
}  // namespace barman::reach
