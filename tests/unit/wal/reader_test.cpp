#include "barman/wal/reader.h"

#include <gtest/gtest.h>

#include <functional>

#include "unit/wal/wal_reading.h"

namespace barman {
namespace {

constexpr std::uint64_t mib = 1024 * 1024;
constexpr Lsn start{0x1A00000000 + 5 * mib};
constexpr std::int64_t noon = 1'795'000'000'123'456;

std::vector<WalRecord> records_of(const MadeWal& wal) { return read_wal(wal.segments(), wal).records; }

TEST(WalReader, ReadsTheRecordsThatRecoveryStopsAt) {
  MadeWal wal(start);
  wal.filler(100);
  const Lsn commit = wal.commit(700, noon), after_commit = wal.at();
  const Lsn abort = wal.abort(701, noon - 5), point = wal.restore_point("before the release", noon + 7);
  std::string checkpoint(80, '\0'), backup_end(8, '\0'), recovery_end(16, '\0');
  MadeWal::put(checkpoint, 0, std::uint64_t{0x1A00000028});
  MadeWal::put(checkpoint, 64, std::int64_t{1'795'000'000});
  MadeWal::put(backup_end, 0, std::uint64_t{0x1900000028});
  MadeWal::put(recovery_end, 0, noon - MadeWal::epoch_2000);
  wal.add(0, 0x10, 0, MadeWal::with_main_data(checkpoint));
  wal.add(0, 0x50, 0, MadeWal::with_main_data(backup_end));
  wal.add(0, 0x90, 0, MadeWal::with_main_data(recovery_end));
  wal.add(1, 0x10, 702, MadeWal::with_main_data("prepare"));
  const Lsn last = wal.at();
  wal.switch_segment();

  const Reading reading = read_wal(wal.segments(), wal);
  const auto& seen = reading.records;
  ASSERT_EQ(seen.size(), 7U);
  EXPECT_EQ(seen[0], (WalRecord{WalRecordKind::commit, false, 700, commit, after_commit, noon}));
  EXPECT_EQ(seen[1].kind, WalRecordKind::abort);
  EXPECT_EQ(seen[1].begin, abort);
  EXPECT_EQ(seen[1].micros, noon - 5);
  EXPECT_EQ(seen[2].kind, WalRecordKind::restore_point);
  EXPECT_EQ(seen[2].begin, point);
  EXPECT_EQ(seen[2].name, "before the release");
  EXPECT_EQ(seen[3].kind, WalRecordKind::checkpoint);
  EXPECT_EQ(seen[3].micros, 1'795'000'000'000'000);
  EXPECT_EQ(seen[3].start, Lsn{0x1A00000028});
  EXPECT_EQ(seen[4].kind, WalRecordKind::backup_end);
  EXPECT_EQ(seen[4].start, Lsn{0x1900000028});
  EXPECT_EQ(seen[5].kind, WalRecordKind::end_of_recovery);
  EXPECT_EQ(seen[5].micros, noon);
  EXPECT_EQ(seen[6].kind, WalRecordKind::segment_switch);
  EXPECT_EQ(seen[6].end, Lsn{start.value + mib});
  ASSERT_EQ(reading.walks.size(), 1U);
  const WalWalk& walk = reading.walks[0];
  EXPECT_EQ(walk.end, WalEnd::segment_end) << walk.reason;
  EXPECT_EQ(walk.records, 9U);
  EXPECT_EQ(walk.last_record, last);
  EXPECT_EQ(read_wal(wal.segments(), wal, 1 << 20, WalReader::Yield::all).records.size(), 9U);
}

// ---- Prepared transactions
// --------------------------------------------------------------------------------------------

struct PreparedCase {
  const char* label;
  std::uint16_t magic;
  std::uint32_t flags;
  std::uint32_t children = 0, relations = 0, statistics = 0, invalidations = 0;
  std::string_view before = {};  // the main data
};
class PreparedTransactions : public testing::TestWithParam<PreparedCase> {};
TEST_P(PreparedTransactions, HaveTheirOwnXid) {
  const PreparedCase& row = GetParam();
  std::string data;
  MadeWal::append(data, noon - MadeWal::epoch_2000);
  MadeWal::append(data, row.flags);
  if (row.flags & 1) data += std::string(8, 'd');
  const auto list = [&](std::uint32_t flag, std::uint32_t count, std::size_t size) {
    if ((row.flags & flag) == 0) return;
    MadeWal::append(data, count);
    data += std::string(count * size, 'l');
  };
  list(1 << 1, row.children, 4);
  list(1 << 2, row.relations, 12);
  list(1 << 8, row.statistics, row.magic >= 0xD118 ? 16 : 12);
  list(1 << 3, row.invalidations, 16);
  MadeWal::append(data, std::uint32_t{4242});
  data += "the name of it";

  MadeWal wal(start);
  wal.magic = row.magic;
  wal.filler(7000);
  const Lsn begin = wal.add(1, 0x30 | 0x80, 0, MadeWal::with_main_data(data, row.before));
  wal.add(1, 0x40 | 0x80, 9, MadeWal::with_main_data(data, row.before));
  for (const std::size_t piece : {1UL, 7UL, 1000UL, mib}) {
    const auto records = read_wal(wal.segments(), wal, piece).records;
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].kind, WalRecordKind::commit);
    EXPECT_TRUE(records[0].prepared);
    EXPECT_EQ(records[0].begin, begin);
    EXPECT_EQ(records[0].xid, 4242U);
    EXPECT_EQ(records[0].micros, noon);
    EXPECT_EQ(records[1].kind, WalRecordKind::abort);
    EXPECT_EQ(records[1].xid, 4242U);
  }
}
constexpr std::string_view origin("\xFD\x01\x00", 3), top_level("\xFC\x01\x00\x00\x00", 5),
    both("\xFD\x01\x00\xFC\x01\x00\x00\x00", 8);
INSTANTIATE_TEST_SUITE_P(
    Parts, PreparedTransactions,
    testing::Values(PreparedCase{"alone", 0xD110, 1 << 4}, PreparedCase{"with_name", 0xD110, 1 << 4 | 1 << 7},
                    PreparedCase{"with_origin", 0xD110, 1 << 4 | 1 << 5, 0, 0, 0, 0, origin},
                    PreparedCase{"in_a_transaction", 0xD110, 1 << 4, 0, 0, 0, 0, top_level},
                    PreparedCase{"with_children", 0xD106, 1 << 4 | 1 << 1, 3},
                    PreparedCase{"with_children_to_the_end_of_the_head", 0xD110, 1 << 4 | 1 << 1, 19},
                    PreparedCase{"with_a_million_children", 0xD110, 1 << 4 | 1 << 1, 150'000},
                    PreparedCase{"with_all", 0xD110, 0x1FF, 100, 20, 30, 40, both},
                    PreparedCase{"with_all_of_18", 0xD118, 0x1FF, 100, 20, 30, 40, both}),
    [](const auto& row) { return std::string(row.param.label); });

// ---- Over pages and segments
// ------------------------------------------------------------------------------------------

TEST(WalReader, FollowsRecordsOverPagesAndSegments) {
  MadeWal wal(start);
  wal.commit(1, noon);
  wal.filler(3 * mib);  // over three segments
  wal.commit(2, noon + 1);
  const auto segments = wal.segments();
  ASSERT_EQ(segments.size(), 4U);
  const Reading reading = read_wal(segments, wal);
  ASSERT_EQ(reading.records.size(), 2U);
  EXPECT_EQ(reading.records[1].xid, 2U);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(reading.walks[i].end, WalEnd::segment_end) << reading.walks[i].reason;
  EXPECT_EQ(reading.walks[1].records, 0U);
  EXPECT_EQ(reading.walks[3].end, WalEnd::never_written);
  EXPECT_EQ(reading.walks[3].whole_to, wal.at());
  EXPECT_EQ(reading.walks[3].at, wal.at());
}

// A commit that begins `left` bytes before the end of its segment.
class Crossing : public testing::TestWithParam<std::uint32_t> {
 protected:
  Crossing() : wal_(start) {
    wal_.commit(1, noon);
    wal_.fill_segment(GetParam());
    std::string data;
    MadeWal::append(data, noon + 1 - MadeWal::epoch_2000);
    MadeWal::append(data, std::uint32_t{1 << 1 | 1 << 4});
    MadeWal::append(data, std::uint32_t{30});
    data += std::string(120, 'c');
    MadeWal::append(data, std::uint32_t{2});
    begin_ = wal_.add(1, 0x30 | 0x80, 0, MadeWal::with_main_data(data));
    wal_.restore_point("next", noon + 2);
    wal_.switch_segment();
  }
  MadeWal wal_;
  Lsn begin_;
};
TEST_P(Crossing, IsReadInAnyPieces) {
  const auto segments = wal_.segments();
  ASSERT_EQ(segments.size(), 2U);
  for (const std::size_t piece : {1UL, 3UL, 8191UL, mib}) {
    const auto seen = read_wal(segments, wal_, piece).records;
    ASSERT_EQ(seen.size(), 4U);
    EXPECT_EQ(seen[1].xid, 2U);
    EXPECT_EQ(seen[1].begin, begin_);
    EXPECT_EQ(seen[1].micros, noon + 1);
    EXPECT_EQ(seen[2].name, "next");
  }
}
TEST_P(Crossing, IsJoinedFromWhatTwoWalksSaw) {
  const auto segments = wal_.segments();
  std::vector<WalRecord> seen;
  WalReader first([&](const WalRecord& record) { seen.push_back(record); });
  read_segment(first, wal_.segment(0), segments[0], mib);
  const std::size_t in_first = seen.size();
  ASSERT_TRUE(first.carry());
  const auto carry = WalCarry::parse(first.carry()->to_text());
  ASSERT_TRUE(carry);
  EXPECT_EQ(*carry, *first.carry());

  WalReader second([&](const WalRecord& record) { seen.push_back(record); });
  const WalWalk walk = read_segment(second, wal_.segment(1), segments[1], 100);
  const WalJoint joint = join(*carry, walk);
  EXPECT_FALSE(joint.problem) << *joint.problem;
  EXPECT_FALSE(joint.read_again);
  EXPECT_EQ(joint.record.has_value(), carry->record.has_value());
  if (joint.record) seen.insert(seen.begin() + static_cast<std::ptrdiff_t>(in_first), *joint.record);
  const auto together = read_wal(segments, wal_).records;
  EXPECT_EQ(seen, together);

  seen.resize(in_first);
  second.resume(*carry);
  EXPECT_EQ(read_segment(second, wal_.segment(1), segments[1], 100).end, WalEnd::segment_end);
  EXPECT_EQ(seen, together);
}
INSTANTIATE_TEST_SUITE_P(AtEachPlace, Crossing, testing::Range(std::uint32_t{8}, std::uint32_t{200}, 8U));

TEST(WalJoint, SeesWhatDoesNotBelongTogether) {
  MadeWal wal(start);
  wal.commit(1, noon);
  wal.fill_segment(80);
  wal.filler(500);
  wal.commit(2, noon);
  wal.switch_segment();
  const auto segments = wal.segments();
  WalReader reader([](const WalRecord&) {});
  read_segment(reader, wal.segment(0), segments[0], mib);
  const WalCarry carry = *reader.carry();
  const auto problem = [&](const WalCarry& before, std::string bytes) {
    WalReader alone([](const WalRecord&) {});
    return join(before, read_segment(alone, wal.segment(1), bytes, mib)).problem.value_or("");
  };
  EXPECT_EQ(problem(carry, segments[1]), "");
  std::string changed = segments[1];
  changed[60] ^= 1;
  EXPECT_EQ(problem(carry, changed), "the CRC of the record at 1A/5FFFB0 is wrong");
  WalCarry other = carry;
  other.system_id = 78;
  EXPECT_EQ(problem(other, segments[1]), "it is of another cluster (system identifier) than the segment before");
  other = carry;
  other.at.value -= mib;
  EXPECT_EQ(problem(other, segments[1]), "it does not follow the segment that ends at 1A/500000");
  other = carry;
  other.record.reset();
  EXPECT_EQ(problem(other, segments[1]), "it begins with the rest of a record, but the one before it is whole");
  changed = segments[1];
  changed[2] ^= 1;  // does not continue a record
  MadeWal another(Lsn{start.value + mib});
  another.set_previous(Lsn{0x1A00000028});
  another.commit(5, noon);
  another.switch_segment();
  EXPECT_EQ(problem(carry, another.segments()[0]), "the record at 1A/5FFFB0 does not continue in this segment");
  EXPECT_EQ(problem(other, another.segments()[0]),
            "the record at 1A/600028 follows one at 1A/28, not the one at " + to_string(*carry.previous));
}

TEST(WalReader, BeginsInTheMiddleOfARecord) {
  MadeWal wal(start);
  wal.filler(2 * mib + 100);
  const Lsn commit = wal.commit(3, noon);
  wal.switch_segment();
  const auto segments = wal.segments();
  WalReader reader(
      [&](const WalRecord& record) { EXPECT_EQ(record.kind == WalRecordKind::commit, record.begin == commit); });
  const WalWalk whole = read_segment(reader, wal.segment(1), segments[1], mib);
  EXPECT_EQ(whole.end, WalEnd::segment_end);
  ASSERT_TRUE(whole.opening);
  EXPECT_LT(whole.opening->taken, whole.opening->announced);
  EXPECT_FALSE(reader.carry());
  const WalWalk last = read_segment(reader, wal.segment(2), segments[2], mib);
  EXPECT_EQ(last.end, WalEnd::segment_end);
  EXPECT_EQ(last.first_record, commit);
  EXPECT_EQ(last.opening->taken, last.opening->announced);
}

TEST(WalReader, BeginsAnewBehindAGap) {
  MadeWal wal(start);
  for (std::uint32_t xid = 1; xid <= 3; ++xid) {
    wal.commit(xid, noon);
    wal.fill_segment(40);
    wal.filler(100);
  }
  const auto segments = wal.segments();
  std::vector<std::uint32_t> seen;
  WalReader reader([&](const WalRecord& record) { seen.push_back(record.xid); });
  for (const std::size_t i : {0UL, 2UL})
    EXPECT_EQ(read_segment(reader, wal.segment(i), segments[i], mib).end, WalEnd::segment_end);
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{1, 3}));
}

// ---- Timelines, crashes
// -----------------------------------------------------------------------------------------------

TEST(WalReader, FollowsAServerToItsNewTimeline) {
  MadeWal wal(start);
  wal.commit(1, noon);
  wal.fill_segment(16);
  wal.commit(2, noon);
  wal.filler(1000);
  const auto of_1 = wal.segments();  // the second one is copied as far as it was written
  wal.timeline = 2;
  wal.filler(8000);
  wal.commit(3, noon);
  wal.switch_segment();
  const auto of_2 = wal.segments();
  std::vector<std::uint32_t> seen;
  WalReader reader([&](const WalRecord& record) {
    if (record.kind == WalRecordKind::commit) seen.push_back(record.xid);
  });
  EXPECT_EQ(read_segment(reader, segment_at(start, 1, mib), of_1[0], mib).end, WalEnd::segment_end);
  const Segment second = wal.segment(1);
  EXPECT_EQ(second.timeline, 2U);
  const WalWalk walk = read_segment(reader, second, of_2[1], mib);
  EXPECT_EQ(walk.end, WalEnd::segment_end) << walk.reason;
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{1, 2, 3}));
  EXPECT_EQ(read_segment(reader, segment_at(start, 1, mib), of_2[1], mib).end, WalEnd::damaged);
}

TEST(WalReader, LeavesOutARecordThatWasGivenUp) {
  MadeWal wal(start);
  wal.commit(1, noon);
  wal.filler(8000);
  wal.give_up(10, 500);
  wal.commit(2, noon);
  wal.fill_segment(40);
  wal.give_up(10, 500);  // at the end of a segment
  wal.commit(3, noon);
  wal.switch_segment();
  const Reading reading = read_wal(wal.segments(), wal);
  for (const WalWalk& walk : reading.walks) EXPECT_EQ(walk.end, WalEnd::segment_end) << walk.reason;
  ASSERT_EQ(reading.records.size(), 4U);
  EXPECT_EQ(reading.records[2].xid, 3U);
  const auto segments = wal.segments();
  WalReader reader([](const WalRecord&) {});
  read_segment(reader, wal.segment(0), segments[0], mib);
  const WalCarry carry = *reader.carry();
  EXPECT_TRUE(carry.record);
  WalReader alone([](const WalRecord&) {});
  const WalJoint joint = join(carry, read_segment(alone, wal.segment(1), segments[1], mib));
  EXPECT_FALSE(joint.problem) << *joint.problem;
  EXPECT_FALSE(joint.record);
}

// ---- Ends
// ---------------------------------------------------------------------------------------------------------------

struct EndCase {
  const char* label;
  std::function<void(std::string&)> change;
  WalEnd end;
  const char* reason;
};
class Ends : public testing::TestWithParam<EndCase> {};
TEST_P(Ends, AreExplained) {
  MadeWal wal(start);
  for (std::uint32_t xid = 1; wal.at().value < start.value + 5 * MadeWal::page / 2; ++xid) wal.commit(xid, noon);
  std::string bytes = wal.segments()[0];
  GetParam().change(bytes);
  for (const std::size_t piece : {1UL, 1000UL, mib}) {
    const WalWalk walk = read_wal({bytes}, wal, piece).walks[0];
    EXPECT_EQ(walk.end, GetParam().end);
    EXPECT_EQ(walk.reason, GetParam().reason);
  }
}
const auto put_at = [](std::size_t at, auto value) {
  return [=](std::string& bytes) { MadeWal::put(bytes, at, value); };
};
INSTANTIATE_TEST_SUITE_P(
    Changes, Ends,
    testing::Values(
        EndCase{"unwritten", [](std::string&) {}, WalEnd::never_written, "nothing was written behind 1A/505008"},
        EndCase{"a_page_of_an_older_segment", put_at(3 * 8192, std::uint64_t{0x0000000100'05D110}),
                WalEnd::never_written, "nothing was written behind 1A/505008"},
        EndCase{"zeros_from_a_page_on", [](std::string& bytes) { bytes.replace(8192, mib - 8192, mib - 8192, '\0'); },
                WalEnd::never_written, "the page at 1A/502000 was never written"},
        EndCase{
            "a_page_of_zeros", [](std::string& bytes) { bytes.replace(8192, 8192, 8192, '\0'); }, WalEnd::damaged,
            "the page at 1A/504000 was written, although what is before it was not: the page at 1A/502000 was never written"},
        EndCase{
            "older_from_a_page_on", put_at(8192 + 8, std::uint64_t{0x1900502000}), WalEnd::damaged,
            "the page at 1A/504000 was written, although what is before it was not: the page at 1A/502000 is still that of 19/502000"},
        EndCase{"zeros_inside", [](std::string& bytes) { bytes.replace(8192 + 1024, 1024, 1024, '\0'); },
                WalEnd::damaged, "the CRC of the record at 1A/5023E0 is wrong"},
        EndCase{"cut", [](std::string& bytes) { bytes.resize(10000); }, WalEnd::damaged,
                "the segment ends after 10000 of 1048576 bytes"},
        EndCase{"cut_in_the_header", [](std::string& bytes) { bytes.resize(20); }, WalEnd::damaged,
                "the segment ends after 20 bytes, within its header"},
        EndCase{"empty", [](std::string& bytes) { bytes.clear(); }, WalEnd::damaged,
                "the segment ends after 0 bytes, within its header"},
        EndCase{"longer", [](std::string& bytes) { bytes += 'x'; }, WalEnd::damaged,
                "there are more bytes than the 1048576 of the segment"},
        EndCase{"all_zeros", [](std::string& bytes) { bytes.assign(mib, '\0'); }, WalEnd::never_written,
                "it begins with zeros"},
        EndCase{"text", [](std::string& bytes) { bytes.assign(mib, 'x'); }, WalEnd::damaged,
                "it does not begin with the header of a WAL segment"},
        EndCase{"another_version", put_at(0, std::uint16_t{0xD200}), WalEnd::unreadable,
                "it is of an unknown version of PostgreSQL (magic number D200)"},
        EndCase{"another_block_size", put_at(36, std::uint32_t{16384}), WalEnd::unreadable,
                "it has pages of 16384 bytes; only 8192 are supported"},
        EndCase{"another_byte_order",
                [](std::string& bytes) {
                  for (const auto& [at, size] : {std::pair{0, 2}, {2, 2}, {4, 4}, {8, 8}, {24, 8}, {32, 4}, {36, 4}})
                    std::reverse(bytes.begin() + at, bytes.begin() + at + size);
                },
                WalEnd::unreadable, "it was written by a machine with another byte order"},
        EndCase{"another_place", put_at(8, std::uint64_t{0x1B00500000}), WalEnd::damaged,
                "the page at 1A/500000 says that it is at 1B/500000"},
        EndCase{"another_timeline", put_at(4, std::uint32_t{2}), WalEnd::damaged,
                "the page at 1A/500000 is of timeline 2"},
        EndCase{"a_page_of_another_timeline", put_at(8192 + 4, std::uint32_t{0}), WalEnd::damaged,
                "the page at 1A/502000 is of timeline 0"},
        EndCase{"a_page_of_another_magic", put_at(8192, std::uint16_t{0xD113}), WalEnd::damaged,
                "the page at 1A/502000 begins with D113 instead of D110"},
        EndCase{"a_flag", put_at(8192 + 2, std::uint16_t{0x0101}), WalEnd::damaged,
                "the page at 1A/502000 has flags that it cannot have, 0101"},
        EndCase{"a_rest", put_at(8192 + 16, std::uint32_t{12}), WalEnd::damaged,
                "the page at 1A/502000 begins with 12 bytes of an earlier record, of which 2 are to come"},
        EndCase{"a_length", put_at(40, std::uint32_t{23}), WalEnd::damaged,
                "the record at 1A/500028 has an impossible length, 23 bytes"},
        EndCase{"a_great_length", put_at(40, std::uint32_t{0x40000001}), WalEnd::damaged,
                "the record at 1A/500028 has an impossible length, 1073741825 bytes"},
        EndCase{"no_length", put_at(40, std::uint32_t{0}), WalEnd::damaged,
                "the page at 1A/500000 has zeros where a record should begin"},
        EndCase{"a_previous", put_at(40 + 40 + 8, std::uint64_t{0x1A00500020}), WalEnd::damaged,
                "the record at 1A/500050 follows one at 1A/500020, not the one at 1A/500028"},
        EndCase{"a_first_previous", put_at(40 + 8, std::uint64_t{0x1A00500028}), WalEnd::damaged,
                "the record at 1A/500028 follows one that comes later, at 1A/500028"}),
    [](const auto& row) { return std::string(row.param.label); });

TEST(WalReader, SeesEveryChangedByteOfARecord) {
  MadeWal wal(start);
  for (std::uint32_t xid = 1; wal.at().value < start.value + 2 * MadeWal::page + 200; ++xid) wal.commit(xid, noon);
  const std::string bytes = wal.segments()[0];
  const auto original = read_wal({bytes}, wal).records;
  for (std::size_t at = MadeWal::page - 200; at < MadeWal::page + 200; ++at) {
    std::string changed = bytes;
    changed[at] ^= 0x10;
    const Reading reading = read_wal({changed}, wal);
    ASSERT_LE(reading.records.size(), original.size());
    EXPECT_TRUE(std::equal(reading.records.begin(), reading.records.end(), original.begin())) << at;
    // What is neither read nor written by anyone: padding of page headers and behind records.
    EXPECT_TRUE(reading.records.size() < original.size() || changed[at] == 0x10) << at;
  }
}

void expect_same_walk(const WalWalk& a, const WalWalk& b) {
  EXPECT_EQ(a.end, b.end);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.records, b.records);
  EXPECT_EQ(a.whole_to, b.whole_to);
  EXPECT_EQ(a.last_record, b.last_record);
}

// Where every record is asked for, or the bytes come one by one, each is judged step by step.
TEST(WalReader, JudgesManyRecordsAtOnceAsOneByOne) {
  MadeWal wal(start);
  for (std::uint32_t xid = 1; wal.at().value < start.value + 3 * MadeWal::page; ++xid) {
    wal.filler(xid % 5 == 0 ? 20'000 : 500 + 8 * xid);
    wal.commit(xid, noon);
  }
  wal.switch_segment();
  const std::string bytes = wal.segments()[0];
  for (std::size_t at = 100; at < 4 * MadeWal::page; ++at) {
    if (at % 31 != 0 && at % MadeWal::page >= 64) continue;
    SCOPED_TRACE(at);
    std::string changed = bytes;
    changed[at] ^= 0x05;
    const Reading at_once = read_wal({changed}, wal), in_bytes = read_wal({changed}, wal, 1),
                  all = read_wal({changed}, wal, mib, WalReader::Yield::all);
    expect_same_walk(at_once.walks[0], in_bytes.walks[0]);
    expect_same_walk(at_once.walks[0], all.walks[0]);
    EXPECT_EQ(at_once.records, in_bytes.records);
    if (HasFailure()) return;
  }
}

TEST(WalReader, SeesASoundRecordThatFollowsAnother) {
  MadeWal wal(start);
  for (std::uint32_t xid = 1; xid < 4; ++xid) wal.commit(xid, noon);
  const Lsn before = wal.previous();
  wal.set_previous(start);
  const Lsn strange = wal.commit(5, noon);
  const WalWalk walk = read_wal(wal.segments(), wal).walks[0];
  EXPECT_EQ(walk.reason, fmt::format("the record at {} follows one at {}, not the one at {}", to_string(strange),
                                     to_string(start), to_string(before)));
}

TEST(WalReader, RefusesRecordsOfAKindThatAreNotLikeIt) {
  const auto walk_of = [](std::uint8_t manager, std::uint8_t info, std::string_view body) {
    MadeWal wal(start);
    wal.add(manager, info, 0, body);
    return read_wal(wal.segments(), wal).walks[0];
  };
  const std::string nine(9, 't');
  for (const auto& [manager, info, body] :
       {std::tuple<std::uint8_t, std::uint8_t, std::string>{1, 0x00, MadeWal::with_main_data("short")},
        {1, 0x00, ""},
        {1, 0x00, "\xFF"},
        {1, 0x00, std::string("\x00\x10", 2) + MadeWal::with_main_data(nine)},  // a block
        {1, 0x00, "\xFF\x20" + nine},                                           // another length
        {1, 0x30, MadeWal::with_main_data(nine)},                               // prepared, without flags
        {1, 0xB0, MadeWal::with_main_data(std::string(12, '\0'))},              // without xid
        {0, 0x70, MadeWal::with_main_data(nine)},
        {0, 0x10, MadeWal::with_main_data(nine)}}) {
    const WalWalk walk = walk_of(manager, info, body);
    EXPECT_EQ(walk.end, WalEnd::damaged);
    EXPECT_EQ(walk.reason, "the record at 1A/500028 is not what PostgreSQL writes of its kind");
  }
  EXPECT_EQ(walk_of(1, 0x00, MadeWal::with_main_data(nine)).end, WalEnd::never_written);
}

TEST(WalReader, KeepsToOneCluster) {
  MadeWal wal(start);
  wal.commit(1, noon);
  wal.switch_segment();
  wal.system_id = 78;
  wal.commit(2, noon);
  wal.switch_segment();
  const WalWalk walk = read_wal(wal.segments(), wal).walks[1];
  EXPECT_EQ(walk.end, WalEnd::damaged);
  EXPECT_EQ(walk.reason, "the page at 1A/600000 is of another cluster (system identifier) than the segment before");
}

TEST(WalReader, TakesTimesAsFarAwayAsTheyCanBe) {
  MadeWal wal(start);
  std::string infinity, before;
  MadeWal::append(infinity, std::numeric_limits<std::int64_t>::max());
  MadeWal::append(before, std::numeric_limits<std::int64_t>::min());
  wal.add(1, 0, 1, MadeWal::with_main_data(infinity));
  wal.add(1, 0, 2, MadeWal::with_main_data(before));
  const auto records = records_of(wal);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].micros, std::numeric_limits<std::int64_t>::max());
  EXPECT_LT(records[1].micros, 0);
}

TEST(WalCarryText, IsReadStrictly) {
  for (const char* bad : {"", ",", "1,2,3,4", "1,,3,4,", "x,2,3,4,", "1,2,300000000,4,", "1,2,3,4,5", "1,2,3,4,,",
                          "1000,2,3,4,0:D110:00:0:0", "1000,2,3,4,0:D110:1800000000000000:0:0"})
    EXPECT_FALSE(WalCarry::parse(bad)) << bad;
  const auto carry = WalCarry::parse("1A00600000,1A005FFF00,1,4D,");
  ASSERT_TRUE(carry);
  EXPECT_EQ(carry->to_text(), "1A00600000,1A005FFF00,1,4D,");
}

}  // namespace
}  // namespace barman
