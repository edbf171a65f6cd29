#include "barman/archive/wal_notes.h"

#include <gmock/gmock.h>

#include "barman/archive/publisher.h"
#include "unit/archive/archive_fixture.h"
#include "unit/wal/made_wal.h"

namespace barman::archive {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class Notes : public ArchiveFixture {
 protected:
  static NoteLine line(std::uint32_t seg, std::int64_t size = 5, double time = 1.5) {
    NoteLine made;
    made.stored = {size, time};
    made.noted.note.segment = {1, 0, seg};
    made.noted.note.size_exponent = 20;
    made.noted.note.joined = true;
    made.noted.note.last_record = {seg * 0x100000ULL + 40};
    made.noted.points.push_back({"point " + std::to_string(seg), 7, Lsn{1}, Lsn{2}});
    return made;
  }
  void add(const std::vector<NoteLine>& lines) const { WalNotes(config).add(lines); }
  std::string file() const { return fs::read_file(path("main/.wal-notes")); }
  std::vector<std::uint32_t> segs() const {
    std::vector<std::uint32_t> all;
    for (const auto& note : WalNotes(config).load().notes) all.push_back(note.segment.seg);
    return all;
  }
};

TEST_F(Notes, AreReadAgain) {
  EXPECT_THAT(WalNotes(config).load().notes, IsEmpty());
  add({line(1), line(2)});
  WalNotes notes(config);
  const LoadedNotes loaded = notes.load();
  ASSERT_THAT(loaded.notes, SizeIs(2));
  EXPECT_EQ(loaded.notes[0], line(1).noted.note);
  EXPECT_EQ(loaded.read_from[1].stored, (StoredAs{5, 1.5}));
  ASSERT_THAT(loaded.points, SizeIs(2));
  EXPECT_EQ(loaded.points[1].point.name, "point 2");
  EXPECT_EQ(notes.read(loaded.read_from[1]), line(2).noted);
}

TEST_F(Notes, OfASegmentTheLastLineCounts) {
  add({line(2), line(1), line(2, 6)});
  const LoadedNotes loaded = WalNotes(config).load();
  ASSERT_THAT(loaded.notes, SizeIs(2));
  EXPECT_EQ(loaded.read_from[1].stored.size, 6);
  EXPECT_EQ(loaded.lines, 3U);
}

TEST_F(Notes, ATornLineIsNoneAndTearsNoOther) {
  add({line(1), line(2)});
  const std::string whole = file();
  for (const std::size_t cut : {whole.size() - 1, whole.size() - 20, whole.size() / 2 + 1}) {
    write("main/.wal-notes", whole.substr(0, cut));
    EXPECT_THAT(segs(), testing::ElementsAre(1)) << cut;
    add({line(3)});
    EXPECT_THAT(segs(), testing::Contains(3)) << cut;
    EXPECT_THAT(segs(), testing::Contains(1)) << cut;
  }
}

TEST_F(Notes, AnythingElseIsIgnored) {
  write("main/.wal-notes", "no notes\n\n" + std::string(200, 'x') + "\n");
  EXPECT_THAT(segs(), IsEmpty());
  add({line(1)});
  EXPECT_THAT(segs(), testing::ElementsAre(1));
}

TEST_F(Notes, LinesLeave) {
  add({line(1), line(2), line(3)});
  WalNotes(config).keep([](const Segment& segment, const StoredAs&, std::uint64_t) { return segment.seg != 2; });
  EXPECT_THAT(segs(), testing::ElementsAre(1, 3));
}

TEST_F(Notes, TheLastOneOfASegmentIsFound) {
  add({line(1), line(2), line(2, 9)});
  EXPECT_EQ(WalNotes(config).find_last({1, 0, 2})->stored.size, 9);
  EXPECT_EQ(WalNotes(config).find_last({1, 0, 1})->noted, line(1).noted);
  EXPECT_FALSE(WalNotes(config).find_last({1, 0, 7}));
}

TEST_F(Notes, ManyPiecesAreOneFile) {
  std::vector<NoteLine> lines;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    lines.push_back(line(0));
    lines.back().noted.note.segment = {1, i / 256, i % 256};
  }
  add(lines);
  const LoadedNotes loaded = WalNotes(config).load();
  ASSERT_THAT(loaded.notes, SizeIs(lines.size()));
  for (std::size_t i = 0; i < lines.size(); i += 997) EXPECT_EQ(loaded.notes[i], lines[i].noted.note) << i;
}

// ---- While WAL is archived
// ---------------------------------------------------------------------------------------------------

class NotesOfArchiving : public Notes {
 protected:
  // Segments from 1 on, each with a commit that crosses into the next.
  void deliver(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      wal.commit(static_cast<std::uint32_t>(100 + i), 1000 + static_cast<std::int64_t>(i));
      wal.fill_segment(24);
    }
    wal.commit(99, 5000);
    const auto segments = wal.segments();
    for (std::size_t i = 0; i < segments.size(); ++i) put("incoming/" + to_string(wal.segment(i)), segments[i]);
  }
  void archive(const std::vector<std::string>& names) {
    WalArchive to = wal_archive();
    Publisher publisher(to, Origin::file, names.size());
    std::vector<PreparedWal> batch;
    for (const std::string& name : names) batch.push_back(publisher.prepare(name));
    ASSERT_EQ(publisher.publish(batch), names.size());
  }
  MadeWal wal{Lsn{0x100000}};
};

TEST_F(NotesOfArchiving, AreMadeOfWhatIsCompressed) {
  config.compression = "zstd";
  deliver(2);
  archive({w1, w2});
  archive({w3});  // another run
  const LoadedNotes loaded = WalNotes(config).load();
  ASSERT_THAT(loaded.notes, SizeIs(3));
  EXPECT_FALSE(loaded.notes[0].joined);
  EXPECT_TRUE(loaded.notes[1].joined);
  EXPECT_TRUE(loaded.notes[2].joined);
  EXPECT_EQ(loaded.notes[2].last_xid, 99U);
  wal_archive().index().for_each([&](const catalog::WalEntryView& entry) {
    EXPECT_EQ(loaded.read_from[0].stored.time, entry.time());
    EXPECT_EQ(loaded.read_from[0].stored.size, entry.size);
    return false;
  });
}

TEST_F(NotesOfArchiving, LeaveWithTheirSegments) {
  config.compression = "gzip";
  deliver(2);
  archive({w1, w2, w3});
  wal_archive().remove({.stays = [](const catalog::WalEntryView& entry) { return entry.name > w2; }});
  EXPECT_THAT(segs(), testing::ElementsAre(3));
  wal_archive().rebuild_index();
  EXPECT_FALSE(exists(".wal-notes"));
}

TEST_F(NotesOfArchiving, KeepNothingFromTheArchive) {
  config.compression = "gzip";
  fs::make_directories(path("main/.wal-notes"));  // no file can be written there
  deliver(1);
  archive({w1, w2});
  EXPECT_TRUE(exists(hash(w2)));
}

}  // namespace
}  // namespace barman::archive
