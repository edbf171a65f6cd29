#include "barman/recovery/judgement.h"

#include <gtest/gtest.h>

#include <random>

#include "unit/recovery/made_archive.h"

namespace barman::recovery {
namespace {

constexpr std::uint64_t mib = MadeArchive::mib;

// ---- PostgreSQL's own loop over records, as in StartupXLOG
// ------------------------------------------------------------

struct Outcome {
  bool possible = false;
  std::optional<TransactionEnd> last;
  Lsn last_record{};
};

bool is_end(const WalRecord& record) { return ends_transaction(record.kind); }

bool stops_before(const WalRecord& record, const Target& target, bool consistent) {
  if (std::holds_alternative<TargetImmediate>(target)) return consistent;
  if (const auto* lsn = std::get_if<TargetLsn>(&target)) return !lsn->inclusive && record.begin >= lsn->lsn;
  if (!is_end(record)) return false;
  if (const auto* xid = std::get_if<TargetXid>(&target)) return !xid->inclusive && record.xid == xid->xid;
  if (const auto* time = std::get_if<TargetTime>(&target))
    return time->inclusive ? record.micros > time->micros : record.micros >= time->micros;
  return false;
}

bool stops_behind(const WalRecord& record, const Target& target, bool consistent) {
  if (std::holds_alternative<TargetImmediate>(target)) return consistent;
  if (const auto* name = std::get_if<TargetName>(&target))
    return record.kind == WalRecordKind::restore_point && record.name == name->name;
  if (const auto* lsn = std::get_if<TargetLsn>(&target)) return lsn->inclusive && record.begin >= lsn->lsn;
  if (const auto* xid = std::get_if<TargetXid>(&target))
    return is_end(record) && xid->inclusive && record.xid == xid->xid;
  return false;
}

Outcome replay(const MadeArchive& made, const Archive& archive, const BaseBackup& backup, const Target& target) {
  Outcome outcome;
  bool consistent = false, stopped = false;
  for (Lsn at = {backup.begin.value / mib * mib}; !stopped; at.value += mib) {
    const auto note = std::ranges::find(archive.notes, segment_at(at, 1, mib), &WalNote::segment);
    if (note == archive.notes.end()) break;
    for (const WalRecord& record : made.records(note->segment)) {
      if (record.begin < backup.begin) continue;
      stopped = stops_before(record, target, consistent);
      if (stopped) break;
      outcome.last_record = record.begin;
      if (is_end(record))
        outcome.last = TransactionEnd{record.begin, record.xid, record.micros, record.kind == WalRecordKind::abort};
      consistent = record.end >= backup.end;
      stopped = stops_behind(record, target, consistent);
      if (stopped) break;
    }
    if (!note->is_whole()) break;
  }
  outcome.possible = consistent && (stopped || std::holds_alternative<TargetLatest>(target));
  return outcome;
}

// Archives made at random, with clocks that jump, gaps and damage, and targets at and around everything in them.
class Random : public testing::TestWithParam<unsigned> {
 protected:
  Random() : random_(GetParam()) {
    std::int64_t now = 1000;
    for (std::uint32_t i = 0; i < 400; ++i) {
      now += GetParam() % 2 == 0 && below(20) == 0 ? -static_cast<std::int64_t>(below(50))
                                                   : static_cast<std::int64_t>(below(4));
      static constexpr WalRecordKind kinds[] = {WalRecordKind::other, WalRecordKind::commit, WalRecordKind::commit,
                                                WalRecordKind::abort, WalRecordKind::restore_point};
      const WalRecordKind kind = kinds[below(40) == 0 ? 4 : below(4)];
      const std::uint64_t size = below(50) == 0 ? mib + 8 * below(300'000) : 64 + 8 * below(9000);
      records_.push_back(
          made_.add(kind, 100 + i / 2 + static_cast<std::uint32_t>(below(6)), now, size,
                    kind == WalRecordKind::restore_point ? std::string(1, static_cast<char>('a' + below(4))) : ""));
      if (below(60) == 0) made_.to_next_segment();
    }
    for (std::uint64_t i = below(3); i > 0; --i) made_.lose(any_segment());
    if (below(3) == 0) made_.damage(any_segment());
    archive_ = made_.archive();
  }
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  const WalRecord& any() { return records_[below(records_.size())]; }
  Segment any_segment() { return segment_at(any().begin, 1, mib); }
  BaseBackup any_backup() {
    const std::size_t begin = below(records_.size()), end = std::min(records_.size() - 1, begin + below(30));
    return {"base", 1, records_[begin].begin, records_[end].end};
  }
  Target any_target() {
    const WalRecord& record = any();
    const bool inclusive = below(2) == 0;
    switch (below(8)) {
      case 0:
        return TargetXid{record.xid, inclusive};
      case 1:
        return TargetLsn{{record.begin.value - below(2)}, inclusive};
      case 2:
        return TargetLsn{record.end, inclusive};
      case 3:
        return TargetName{std::string(1, static_cast<char>('a' + below(5)))};
      case 4:
        return TargetImmediate{};
      case 5:
        return TargetLatest{};
      default:
        return TargetTime{record.micros + static_cast<std::int64_t>(below(3)) - 1, inclusive};
    }
  }

  std::mt19937 random_;
  MadeArchive made_;
  std::vector<WalRecord> records_;
  Archive archive_;
};

TEST_P(Random, IsWhatPostgresqlDoes) {
  const Chain chain(archive_, TimelinePath(1, {}));
  int possible = 0;
  for (int i = 0; i < 300; ++i) {
    const BaseBackup backup = any_backup();
    const Target target = any_target();
    const Outcome wanted = replay(made_, archive_, backup, target);
    const Judgement got = judge(archive_, chain, backup, target, made_.reader());
    ASSERT_EQ(got.stop.has_value(), wanted.possible) << target.index() << ' ' << got.reason;
    ASSERT_EQ(got.stop.has_value(), got.reason.empty());
    if (!got.stop) continue;
    ++possible;
    ASSERT_EQ(got.stop->last, wanted.last) << target.index();
    const bool at_a_record = got.stop->kind != StopKind::consistent && got.stop->kind != StopKind::end_of_wal;
    if (at_a_record && !std::holds_alternative<TargetTime>(target) &&
        !(std::holds_alternative<TargetXid>(target) && !std::get<TargetXid>(target).inclusive)) {
      ASSERT_EQ(got.stop->lsn, wanted.last_record) << target.index();
    }
  }
  EXPECT_GT(possible, 0);
}

TEST_P(Random, NamesTheNearestTimes) {
  const Chain chain(archive_, TimelinePath(1, {}));
  for (int i = 0; i < 200; ++i) {
    const BaseBackup backup = any_backup();
    const TargetTime target{any().micros + static_cast<std::int64_t>(below(3)) - 1, below(2) == 0};
    const Judgement got = judge(archive_, chain, backup, target, made_.reader());
    for (const auto& [nearest, step] : {std::pair{got.nearest.before, 1}, {got.nearest.after, -1}}) {
      if (!nearest) continue;
      EXPECT_TRUE(replay(made_, archive_, backup, TargetTime{*nearest, target.inclusive}).possible);
      EXPECT_FALSE(replay(made_, archive_, backup, TargetTime{*nearest + step, target.inclusive}).possible);
    }
  }
}

TEST_P(Random, WindowIsThatOfTheJudgements) {
  const Chain chain(archive_, TimelinePath(1, {}));
  std::vector<BaseBackup> backups;
  for (int i = 0; i < 5; ++i) {
    backups.push_back(any_backup());
    backups.back().id = std::to_string(i);
  }
  const Window window = recovery_window(archive_, chain, backups, made_.reader());
  const Window coarse = recovery_window(archive_, chain, backups, {});
  const auto in = [](const Window& all, std::int64_t time) {
    return std::ranges::any_of(all.intervals, [&](const Interval& each) {
      return each.to_micros && (!each.from_micros || *each.from_micros <= time) && time < *each.to_micros;
    });
  };
  // When the state of that time is in the backup's future.
  const auto leads_to = [&](const BaseBackup& backup, std::int64_t time) {
    const auto last = std::ranges::find_if(records_.rbegin(), records_.rend(), [&](const WalRecord& record) {
      return is_end(record) && record.begin < backup.end;
    });
    return (last == records_.rend() || last->micros <= time) &&
           replay(made_, archive_, backup, TargetTime{time, true}).possible;
  };
  const bool clock_ascends = GetParam() % 2 == 1;
  for (std::int64_t time = 950; time < 1700; ++time) {
    const bool possible = std::ranges::any_of(backups, [&](const BaseBackup& each) {
      return replay(made_, archive_, each, TargetTime{time, true}).possible;
    });
    const bool sensible = std::ranges::any_of(backups, [&](const BaseBackup& each) { return leads_to(each, time); });
    ASSERT_LE(in(window, time), possible) << time;
    ASSERT_LE(in(coarse, time), possible) << time;
    ASSERT_TRUE(in(window, time) || !sensible || !clock_ascends) << time;
  }
  for (const BaseBackup& backup : backups) {
    const bool unrestorable = std::ranges::any_of(
        window.unrestorable, [&](const UnrestorableBackup& each) { return each.backup_id == backup.id; });
    EXPECT_EQ(!unrestorable, replay(made_, archive_, backup, TargetLatest{}).possible);
  }
}
INSTANTIATE_TEST_SUITE_P(Archives, Random, testing::Range(1U, 13U));

// ---- Words
// ------------------------------------------------------------------------------------------------------------

class Small : public testing::Test {
 protected:
  Small() {
    made_.commit(1, 100);
    begin_ = made_.at();
    made_.commit(2, 110);
    end_ = made_.at();
    made_.commit(3, 120);
    made_.to_next_segment();
    made_.commit(4, 130);
    made_.to_next_segment();
    made_.commit(5, 140);
    made_.to_next_segment();
    backup_ = {"base", 1, begin_, end_};
  }
  Judgement judged(const Target& target) {
    const Archive archive = made_.archive();
    return judge(archive, Chain(archive, TimelinePath(1, {})), backup_, target, made_.reader());
  }
  MadeArchive made_;
  Lsn begin_, end_;
  BaseBackup backup_;
};

TEST_F(Small, SaysWhyATargetCannotBeReached) {
  EXPECT_EQ(judged(TargetTime{140}).reason, "no commit or abort is later; the WAL of backup base ends at 0/400000");
  EXPECT_EQ(judged(TargetTime{140}).nearest.before, 139);
  EXPECT_EQ(judged(TargetTime{139}).stop->last->xid, 4U);
  EXPECT_EQ(judged(TargetTime{109}).reason,
            "the first later commit or abort lies before 0/1000C0, where backup base becomes consistent");
  EXPECT_EQ(judged(TargetTime{109}).nearest.after, 110);
  EXPECT_EQ(judged(TargetXid{1}).reason, "transaction 1 does not end in it; the WAL of backup base ends at 0/400000");
  EXPECT_EQ(judged(TargetXid{2}).stop->kind, StopKind::commit);
  EXPECT_EQ(judged(TargetXid{2, false}).reason,
            "the target lies before 0/1000C0, where backup base becomes consistent");
  EXPECT_EQ(judged(TargetName{"x"}).reason,
            "there is no restore point 'x' in it; the WAL of backup base ends at 0/400000");
  EXPECT_EQ(judged(TargetLsn{{0x400000}}).reason,
            "no record begins at 0/400000 or later; the WAL of backup base ends at 0/400000");
  made_.lose({1, 0, 2});
  EXPECT_EQ(
      judged(TargetXid{5}).reason,
      "transaction 5 does not end in it; the WAL of backup base ends at 0/200000, where segment 000000010000000000000002 is missing");
  made_.damage({1, 0, 1});
  EXPECT_EQ(
      judged(TargetXid{5}).reason,
      "transaction 5 does not end in it; the WAL of backup base ends at 0/200000, from where on segment 000000010000000000000001 cannot be replayed");
  made_.lose({1, 0, 1});
  EXPECT_EQ(judged(TargetLatest{}).reason,
            "backup base cannot be restored: WAL segment 000000010000000000000001 is missing");
  backup_.timeline = 2;
  EXPECT_EQ(judged(TargetLatest{}).reason, "backup base is not on the way to timeline 1");
}

TEST_F(Small, ReadsNoMoreThanItNeeds) {
  for (int i = 0; i < 100; ++i) {
    made_.commit(10, 200 + i);
    made_.to_next_segment();
  }
  made_.reads = 0;
  EXPECT_TRUE(judged(TargetTime{250}).stop);
  EXPECT_EQ(made_.reads, 1);
}

TEST_F(Small, WindowTellsWhatEndsIt) {
  const auto window_of = [&](const std::vector<BaseBackup>& backups) {
    const Archive archive = made_.archive();
    return recovery_window(archive, Chain(archive, TimelinePath(1, {})), backups, made_.reader());
  };
  Window window = window_of({backup_});
  ASSERT_EQ(window.intervals.size(), 1U);
  EXPECT_EQ(window.intervals[0].from_micros, 110);
  EXPECT_EQ(window.intervals[0].to_micros, 140);
  EXPECT_EQ(window.intervals[0].last->xid, 5U);
  EXPECT_EQ(window.intervals[0].ended_by, EndedBy::archive_end);
  made_.lose({1, 0, 2});
  window = window_of({backup_});
  EXPECT_EQ(window.intervals[0].to_micros, 120);
  EXPECT_EQ(window.intervals[0].ended_by, EndedBy::missing_wal);
  EXPECT_EQ(window.intervals[0].missing, (std::vector<Segment>{{1, 0, 2}}));
  backup_.standalone = true;
  EXPECT_EQ(window_of({backup_}).intervals[0].ended_by, EndedBy::standalone_backup);
  made_.damage({1, 0, 1});
  EXPECT_EQ(window_of({backup_}).intervals[0].ended_by, EndedBy::damaged_wal);
}

// Timeline 2 leaves timeline 1 within segment 3.
TEST(Timelines, AreFollowedAsTheHistorySays) {
  MadeArchive made;
  const BaseBackup backup{"base", 1, made.at(), {made.at().value + 64}};
  made.commit(1, 100);
  made.to_next_segment();
  made.commit(2, 110);
  made.to_next_segment();
  made.commit(3, 120);
  const Lsn fork = made.at();
  MadeArchive old = made;
  old.commit(4, 130);
  old.to_next_segment();
  old.commit(5, 140);
  old.to_next_segment();
  made.set_timeline(2);
  made.commit(3, 120);  // as it is in the copy
  made.commit(6, 135);
  made.to_next_segment();
  Archive archive = old.archive();
  for (const WalNote& note : made.archive().notes)
    if (note.segment.timeline == 2) archive.notes.push_back(note);
  const auto read = [&](const Segment& segment, WalReader::Yield yield) {
    return (segment.timeline == 2 ? made : old).reader()(segment, yield);
  };
  const TimelinePath to_2(2, {{1, fork, "promoted"}});
  EXPECT_EQ(to_2.timeline_at(Lsn{fork.value - 1}), 1U);
  EXPECT_EQ(to_2.timeline_at(fork), 2U);
  EXPECT_EQ(to_2.timeline_of_segment({2 * mib}, mib), 1U);
  EXPECT_EQ(to_2.timeline_of_segment({3 * mib}, mib), 2U);
  const Chain chain_1(archive, TimelinePath(1, {})), chain_2(archive, to_2);
  EXPECT_EQ(chain_1.size(), 4U);
  EXPECT_EQ(chain_2.size(), 3U);
  EXPECT_EQ(judge(archive, chain_1, backup, TargetLatest{}, read).stop->last->xid, 5U);
  EXPECT_EQ(judge(archive, chain_2, backup, TargetLatest{}, read).stop->last->xid, 6U);
  EXPECT_FALSE(judge(archive, chain_2, backup, TargetXid{4}, read).stop);
  EXPECT_EQ(judge(archive, chain_2, backup, TargetTime{130}, read).stop->last->xid, 3U);
  const BaseBackup over_the_fork{"late", 1, {2 * mib + 64}, {fork.value + 64}};
  EXPECT_EQ(chain_2.problem(over_the_fork), std::nullopt);
  EXPECT_EQ(chain_1.problem(over_the_fork), "");
}

TEST(Judgement, SaysWhatIsReadAndWhetherMoreWalCouldHelp) {
  MadeArchive made;
  BaseBackup backup{.id = "base", .timeline = 1, .begin = made.at(), .end = {}};
  made.commit(1, 100);
  backup.end = made.at();
  made.commit(2, 200);
  made.to_next_segment();
  made.commit(3, 300);
  made.to_next_segment();
  const Archive archive = made.archive();
  const Chain chain(archive, {1, {}});
  const auto judged = [&](const Target& target) { return judge(archive, chain, backup, target, made.reader()); };
  const Segment first = segment_at({mib}, 1, mib), second = segment_at({2 * mib}, 1, mib);
  EXPECT_EQ(judged(TargetXid{2}).read_to, first);
  EXPECT_EQ(judged(TargetTime{250}).read_to, second) << "the commit that is too late";
  EXPECT_EQ(judged(TargetLatest{}).read_to, second);
  EXPECT_TRUE(judged(TargetTime{300}).lacks_wal);
  EXPECT_EQ(judged(TargetTime{300}).read_to, second);
  EXPECT_FALSE(judged(TargetXid{1, false}).lacks_wal) << "it lies before the end of the backup";
  EXPECT_FALSE(judged(TargetXid{2}).lacks_wal);
}

}  // namespace
}  // namespace barman::recovery
