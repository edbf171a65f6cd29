#include "barman/restore/forecast.h"

#include <gmock/gmock.h>

#include "barman/core/error.h"
#include "unfit_wal.h"
#include "unit/recovery/made_archive.h"

namespace barman::restore {

namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t mib = recovery::MadeArchive::mib;

RecoveryTarget at_time(std::int64_t micros) {
  RecoveryTarget target;
  target.time = Timestamp{micros, 0};
  return target;
}

TEST(RecoveryTargetOfRestore, IsTheOneThatWasAskedFor) {
  RecoveryTarget target = at_time(7);
  target.exclusive = true;
  const auto time = std::get<recovery::TargetTime>(recovery_target(target));
  EXPECT_EQ(time.micros, 7);
  EXPECT_FALSE(time.inclusive);
  EXPECT_TRUE(std::holds_alternative<recovery::TargetLatest>(recovery_target({})));
  target = {};
  target.xid = "4294967999";  // with an epoch
  EXPECT_EQ(std::get<recovery::TargetXid>(recovery_target(target)).xid, 703U);
  target.xid = "abc";
  EXPECT_THROW(recovery_target(target), Error);
  target = {};
  target.name = "here";
  EXPECT_EQ(std::get<recovery::TargetName>(recovery_target(target)).name, "here");
}

TEST(TimelineOfRestore, IsThatOfTheBackupUnlessRecoveryIsFromAnArchive) {
  RestoreRequest request;
  catalog::BackupInfo backup;
  backup.version = 150000;
  EXPECT_EQ(timeline_of(request, backup, {}), "current");
  EXPECT_EQ(timeline_of(request, backup, at_time(1)), "latest");
  RecoveryTarget numbered;
  numbered.timeline = "3";
  EXPECT_EQ(timeline_of(request, backup, numbered), "3");
  request.get_wal = true;
  EXPECT_EQ(timeline_of(request, backup, {}), "latest");
  backup.version = 110000;
  EXPECT_EQ(timeline_of(request, backup, at_time(1)), "current") << "the default before version 12";
}

// Commits in segments 1, 2 and 4; the third one is lost.
class WithAHole : public testing::Test {
 protected:
  WithAHole() {
    base = {.id = "base", .timeline = 1, .begin = made.at(), .end = {}};
    made.commit(10, 100);
    base.end = made.at();
    made.commit(11, 200);
    made.to_next_segment();
    made.commit(12, 300);
    made.to_next_segment();
    made.to_next_segment();
    made.commit(13, 400);
    made.to_next_segment();
    made.lose(segment_at({3 * mib}, 1, mib));
    archive = made.archive();
  }
  WalNeed need_for(const recovery::Target& target) {
    const recovery::Chain chain(archive, {1, {}});
    return wal_need(chain, base, recovery::judge(archive, chain, base, target, made.reader()));
  }

  recovery::MadeArchive made;
  recovery::BaseBackup base;
  recovery::Archive archive;
};

TEST_F(WithAHole, WhatIsReadIsNeeded) {
  const WalNeed need = need_for(recovery::TargetTime{250});
  EXPECT_EQ(need.segments, 2U) << "the first later commit has to be seen";
  EXPECT_EQ(need.missing_count, 0U);
  EXPECT_EQ(need_for(recovery::TargetXid{11}).segments, 1U);
}

TEST_F(WithAHole, WhatLiesBehindNeedsWhatIsMissing) {
  const WalNeed need = need_for(recovery::TargetTime{350});
  EXPECT_EQ(need.segments, 4U);
  EXPECT_EQ(need.missing, std::vector<Segment>{segment_at({3 * mib}, 1, mib)});
}

// Of two timelines: the second leaves the first in its segment 2.
TEST(UnfitWal, CountsWhereRecoveryMayReadIt) {
  Forecast forecast;
  forecast.target = recovery::TargetTime{};
  const auto segment = [](std::uint32_t timeline, std::uint64_t number) {
    return WalName{.segment = segment_at({number * mib}, timeline, mib)};
  };
  EXPECT_TRUE(may_read(segment(1, 9), forecast)) << "nothing is known";
  forecast.path = recovery::TimelinePath(2, {{1, {2 * mib + 500}, ""}});
  forecast.wal.segment_size = mib;
  EXPECT_TRUE(may_read(segment(1, 1), forecast));
  EXPECT_FALSE(may_read(segment(1, 2), forecast)) << "that of timeline 2 is read";
  EXPECT_TRUE(may_read(segment(2, 9), forecast)) << "the end is not known";
  forecast.judgement.emplace();
  forecast.judgement->stop.emplace();
  forecast.judgement->read_to = segment(2, 4).segment;
  EXPECT_TRUE(may_read(segment(2, 4), forecast));
  EXPECT_FALSE(may_read(segment(2, 5), forecast)) << "behind the target";
  WalName other = segment(2, 5);
  other.kind = WalKind::history;
  EXPECT_TRUE(may_read(other, forecast)) << "it says which timelines there are";
  other.kind = WalKind::backup_label;
  other.segment = segment(2, 4).segment;
  EXPECT_FALSE(may_read(other, forecast)) << "nobody reads it";
  other.kind = WalKind::partial;
  EXPECT_TRUE(may_read(other, forecast));
  forecast.target = recovery::TargetLatest{};
  EXPECT_TRUE(may_read(segment(2, 5), forecast)) << "what was to be the end is lost";
  EXPECT_FALSE(may_read(segment(3, 5), forecast));
}

struct Case {
  const char* name;
  bool stops, lacks_wal;
  void (*change)(RestoreRequest&, catalog::BackupInfo&, RecoveryTarget&);
  Verdict::Kind kind;
};

class Verdicts : public testing::TestWithParam<Case> {};

TEST_P(Verdicts, RefuseOnlyWhatPostgresqlCannotDo) {
  RestoreRequest request;
  catalog::BackupInfo backup;
  backup.backup_id = "20260101T000000";
  backup.version = 150000;
  RecoveryTarget target = at_time(1'000'000);
  GetParam().change(request, backup, target);
  Forecast forecast;
  forecast.judgement.emplace();
  if (GetParam().stops) forecast.judgement->stop.emplace();
  forecast.judgement->reason = "it is so";
  forecast.judgement->lacks_wal = GetParam().lacks_wal;
  const Verdict verdict = verdict_on(forecast, request, backup, target);
  EXPECT_EQ(verdict.kind, GetParam().kind);
  const bool says_nothing = verdict.kind == Verdict::Kind::go_on;
  EXPECT_THAT(verdict.text, says_nothing ? HasSubstr("") : HasSubstr("cannot be reached: it is so."));
}

INSTANTIATE_TEST_SUITE_P(
    Table, Verdicts,
    testing::Values(Case{"Possible", true, false, [](auto&, auto&, auto&) {}, Verdict::Kind::go_on},
                    Case{"TooEarly", false, false, [](auto&, auto&, auto&) {}, Verdict::Kind::refuse},
                    Case{"BehindTheEnd", false, true, [](auto&, auto&, auto&) {}, Verdict::Kind::refuse},
                    Case{"ItMayCome", false, true, [](auto& request, auto&, auto&) { request.get_wal = true; },
                         Verdict::Kind::warn},
                    Case{"ItMayComeToAStandby", false, true,
                         [](auto& request, auto&, auto&) { request.standby_mode = true; }, Verdict::Kind::warn},
                    Case{"PartialWal", false, true, [](auto& request, auto&, auto&) { request.partial_wal = true; },
                         Verdict::Kind::warn},
                    Case{"WhatComesDoesNotHelp", false, false,
                         [](auto& request, auto&, auto&) { request.get_wal = true; }, Verdict::Kind::refuse},
                    Case{"NoCheck", false, false, [](auto& request, auto&, auto&) { request.no_target_check = true; },
                         Verdict::Kind::warn},
                    Case{"Version12", false, true, [](auto&, auto& backup, auto&) { backup.version = 120022; },
                         Verdict::Kind::warn},
                    Case{"NoTargetButItMayCome", false, true,
                         [](auto& request, auto&, auto& target) {
                           target = {};
                           request.standby_mode = true;
                         },
                         Verdict::Kind::go_on},
                    Case{"NoTarget", false, true, [](auto&, auto&, auto& target) { target = {}; },
                         Verdict::Kind::warn}),
    [](const auto& tried) { return tried.param.name; });

TEST(Verdict, NamesTheNearestTimes) {
  catalog::BackupInfo backup;
  backup.version = 150000;
  Forecast forecast;
  forecast.judgement.emplace();
  forecast.judgement->nearest = {1'000'000, {}};
  EXPECT_THAT(verdict_on(forecast, {}, backup, at_time(5)).hint,
              HasSubstr("the nearest target time from this backup is 1970-01-01"));
  forecast.judgement->nearest = {1'000'000, 2'000'000};
  EXPECT_THAT(verdict_on(forecast, {}, backup, at_time(5)).hint, HasSubstr("times from this backup are 1970-01-01"));
}

TEST(Verdict, OfNothingKnownIsToSaySo) {
  Forecast forecast;
  forecast.unknown = "WAL segment X cannot be read: no passphrase";
  const Verdict verdict = verdict_on(forecast, {}, {}, at_time(5));
  EXPECT_EQ(verdict.kind, Verdict::Kind::warn);
  EXPECT_THAT(verdict.text,
              HasSubstr("It is not known whether the recovery target (time: '1970-01-01 00:00:00.000005+00:00')"));
  EXPECT_EQ(verdict_on(forecast, {}, {}, {}).kind, Verdict::Kind::go_on) << "nothing was asked for";
}

TEST(DescribeLast, NamesTransactionAndTime) {
  recovery::Stop stop;
  EXPECT_EQ(describe_last(stop), std::nullopt);
  stop.last = recovery::TransactionEnd{{1}, 754, 0, true};
  EXPECT_THAT(*describe_last(stop), HasSubstr("the abort of transaction 754 at 19"));
}

}  // namespace
}  // namespace barman::restore
