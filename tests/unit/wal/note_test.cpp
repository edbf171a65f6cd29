#include "barman/wal/note.h"

#include <gtest/gtest.h>

#include "unit/wal/made_wal.h"

namespace barman {
namespace {

constexpr std::uint64_t mib = 1024 * 1024;
constexpr Lsn start{0x1A00000000 + 5 * mib};
constexpr std::int64_t noon = 1'795'000'000'123'456;

WalNoter::Result note_of(const Segment& segment, std::string_view bytes, std::optional<WalCarry> before = {}) {
  WalNoter noter(segment, std::move(before));
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(5000, bytes.size())))
    noter.feed(bytes.substr(0, 5000));
  return noter.finish();
}

TEST(WalNote, HoldsWhatRecoveryAsksFor) {
  MadeWal wal(start);
  wal.filler(100);
  wal.commit(30, noon);
  wal.commit(20, noon + 9);
  const Lsn point = wal.restore_point("a name: 100% \n", noon + 4), behind_point = wal.at();
  const Lsn last = wal.abort(25, noon + 5);
  wal.filler(100);
  const Lsn at = wal.at();
  wal.switch_segment();
  const NotedSegment noted = note_of(wal.segment(0), wal.segments()[0]).noted;
  const WalNote& note = noted.note;
  EXPECT_EQ(note.segment, wal.segment(0));
  EXPECT_EQ(note.segment_size(), mib);
  EXPECT_TRUE(note.is_whole());
  EXPECT_FALSE(note.joined);
  EXPECT_TRUE(note.last_is_abort);
  EXPECT_EQ(note.whole_to, mib);
  EXPECT_EQ(note.ends, 3U);
  EXPECT_EQ(note.last_xid, 25U);
  EXPECT_EQ(note.lowest_xid, 20U);
  EXPECT_EQ(note.highest_xid, 30U);
  EXPECT_EQ(note.last_record, at);
  EXPECT_EQ(note.last_end, last);
  EXPECT_EQ(note.first_micros, noon);
  EXPECT_EQ(note.last_micros, noon + 5);
  EXPECT_EQ(note.latest_micros, noon + 9);
  ASSERT_EQ(noted.points.size(), 1U);
  EXPECT_EQ(noted.points[0], (NotedPoint{"a name: 100% \n", noon + 4, point, behind_point}));
  EXPECT_FALSE(noted.open);

  const std::string line = to_line(noted);
  EXPECT_EQ(line,
            "1 000000010000001A00000005 a w-a 00100000 0000001A005001D8 00000003 "
            "0006608B01611240 0006608B01611245 0006608B01611249 0000001A00500148 00000019 00000014 0000001E"
            " p=0006608B01611244:0000001A005000E0:0000001A00500148:a%20name:%20100%25%20%0A");
  EXPECT_EQ(parse_note_line(line), noted);
}

// A commit crosses from the first segment to the second.
class Crossing : public testing::Test {
 protected:
  Crossing() : wal_(start) {
    wal_.commit(1, noon);
    wal_.fill_segment(16);
    begin_ = wal_.commit(2, noon + 8);
    wal_.commit(3, noon + 2);
    wal_.switch_segment();
    segments_ = wal_.segments();
  }
  MadeWal wal_;
  Lsn begin_;
  std::vector<std::string> segments_;
};

TEST_F(Crossing, RecordsBelongToTheSegmentInWhichTheyEnd) {
  const auto first = note_of(wal_.segment(0), segments_[0]);
  EXPECT_EQ(first.noted.note.ends, 1U);
  ASSERT_TRUE(first.noted.open);
  const auto parsed = parse_note_line(to_line(first.noted));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, first.noted);
  const auto carry = carry_behind(*parsed);  // a later run, which has nothing but the line
  ASSERT_TRUE(carry);
  EXPECT_EQ(carry->at, Lsn{start.value + mib});

  const auto second = note_of(wal_.segment(1), segments_[1], carry);
  EXPECT_TRUE(second.noted.note.joined);
  EXPECT_EQ(second.noted.note.ends, 2U);
  EXPECT_EQ(second.noted.note.first_micros, noon + 8);
  auto alone = note_of(wal_.segment(1), segments_[1]);
  EXPECT_FALSE(alone.noted.note.joined);
  EXPECT_EQ(alone.noted.note.ends, 1U);
  EXPECT_TRUE(join(*carry, alone));
  EXPECT_EQ(alone.noted, second.noted);
}

TEST_F(Crossing, MayBeTheOnlyRecord) {
  MadeWal wal(start);
  wal.fill_segment(16);
  const Lsn begin = wal.restore_point("crosses", noon);
  const Lsn end = wal.at();
  const auto segments = wal.segments();
  auto first = note_of(wal.segment(0), segments[0]), second = note_of(wal.segment(1), segments[1]);
  EXPECT_EQ(second.noted.note.last_record, Lsn{});
  EXPECT_TRUE(join(*first.carry, second));
  EXPECT_EQ(second.noted.note.last_record, begin);
  EXPECT_EQ(second.noted.points, (std::vector<NotedPoint>{{"crosses", noon, begin, end}}));
  EXPECT_EQ(second.noted, note_of(wal.segment(1), segments[1], first.carry).noted);
}

TEST_F(Crossing, DamageBetweenTwoEndsRecoveryAtTheBeginning) {
  segments_[1][50] ^= 4;
  auto first = note_of(wal_.segment(0), segments_[0]), second = note_of(wal_.segment(1), segments_[1]);
  EXPECT_EQ(second.noted.note.ends, 1U);
  EXPECT_TRUE(join(*first.carry, second));
  const NotedSegment& noted = second.noted;
  EXPECT_EQ(noted.note.end, WalEnd::damaged);
  EXPECT_EQ(noted.note.ends, 0U);
  EXPECT_EQ(noted.reason, "the CRC of the record at 1A/5FFFF0 is wrong");
  EXPECT_FALSE(second.carry);
  EXPECT_EQ(parse_note_line(to_line(noted)), noted);
}

TEST(WalNote, GoesThroughSegmentsThatAreFilledByARecord) {
  MadeWal wal(start);
  wal.commit(1, noon);
  wal.filler(3 * mib);
  wal.commit(2, noon + 1);
  const auto segments = wal.segments();
  std::optional<WalCarry> joined, resumed;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    auto apart = note_of(wal.segment(i), segments[i]);
    EXPECT_TRUE(!joined || join(*joined, apart));
    const auto after = note_of(wal.segment(i), segments[i], resumed);
    EXPECT_EQ(apart.noted, after.noted) << i;
    EXPECT_EQ(parse_note_line(to_line(after.noted)), after.noted);
    joined = carry_behind(apart.noted);
    resumed = after.carry;
  }
}

TEST(NoteLine, IsReadStrictly) {
  const std::string good =
      "1 000000010000001A00000005 a w-- 00100000 0000001A00500190 00000003 0000000000000000 "
      "FFFFFFFFFFFFFFFF 8000000000000000 0000001A00500118 00000019 00000014 0000001E";
  ASSERT_TRUE(parse_note_line(good));
  EXPECT_EQ(to_line(*parse_note_line(good)), good);
  EXPECT_TRUE(parse_note_line(good + " r=why p=0000000000000000:0000000000000001:0000000000000002:"));
  WalNote note;
  std::vector<NotedPoint> points;
  for (std::size_t at = 0; at < good.size(); ++at) {
    EXPECT_FALSE(parse_note_line(good.substr(0, at))) << at;
    EXPECT_FALSE(parse_note_line(good.substr(0, at), note, points)) << at;
    for (const char c : {' ', 'x', 'G', '@', '/', ':', '`', '\0', '\xB0', '\x10'}) {
      std::string bad = good;
      bad[at] = c;
      if (bad == good) continue;
      EXPECT_FALSE(parse_note_line(bad)) << bad;
      EXPECT_FALSE(parse_note_line(bad, note, points)) << bad;
    }
  }
  for (const char* extra : {" ", "x", " x=1", " p=", " p=0000000000000000:0000000000000001:0000000000000002",
                            " p=0000000000000000:0000000000000001:0000000000000002:a%2", " r=", " r=%41", " r=%0a",
                            " o=", " o=1", " r=a r=b", " p=0000000000000000:0000000000000001:0000000000000002:a r=b"})
    EXPECT_FALSE(parse_note_line(good + extra)) << extra;
  for (const auto& [at, change] :
       {std::pair{27, "i"}, {27, "A"}, {29, "x"}, {30, "J"}, {31, "c"}, {33, "00100001"}, {18, "00001000"}}) {
    std::string bad = good;
    bad.replace(static_cast<std::size_t>(at), std::string_view(change).size(), change);
    EXPECT_EQ(parse_note_line(bad).has_value(), std::string_view(change) == "i") << bad;
  }
}

}  // namespace
}  // namespace barman
