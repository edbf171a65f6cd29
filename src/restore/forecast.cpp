#include "barman/restore/forecast.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "barman/archive/wal_archive.h"
#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"
#include "barman/reach/known_wal.h"

namespace barman::restore {

namespace {

constexpr std::size_t most_missing = 100;
// Segments behind the backup's end that are looked at first, and how many times as many next.
constexpr std::uint64_t first_look = 32, wider = 8;
// From here on a target that the WAL does not reach ends recovery with an error.
constexpr std::int64_t insists_on_target = 130000;

std::string in_words(std::int64_t micros) { return to_python(local_timestamp(micros)); }

// WAL may arrive that is not archived now.
bool wal_may_come(const RestoreRequest& request) {
  return request.get_wal || request.standby_mode || request.partial_wal;
}

bool has_stop(const RecoveryTarget& target) {
  return target.time || target.xid || target.name || target.lsn || target.immediate;
}

// Why it is not known where the WAL of a backup ends: a segment that could not be looked into.
std::optional<std::string> obstacle(const recovery::Chain& chain, const recovery::BaseBackup& backup,
                                    const std::vector<reach::UnreadSegment>& unread) {
  const std::size_t first = chain.find(backup.begin);
  if (first == recovery::Chain::none) return std::nullopt;
  const Segment& last = chain[chain.run_end(first)].segment;
  const auto found = std::ranges::find(unread, last, &reach::UnreadSegment::segment);
  if (found == unread.end()) return std::nullopt;
  return fmt::format("WAL segment {} cannot be read: {}", to_string(last), found->reason);
}

// The same where the index lists nothing of what is there: then it is not that of this archive.
std::optional<std::string> unlisted(const reach::KnownWal& wal, const catalog::BackupInfo& backup,
                                    const archive::WalArchive& archive) {
  if (archive.config().keeps_wal_in_store() || !wal.archive().notes.empty() || !backup.end_wal ||
      !archive.holds(*backup.end_wal))
    return std::nullopt;
  return fmt::format("the index does not list the archived WAL, run 'barman rebuild-xlogdb {}'", archive.config().name);
}

// Up to where the WAL has to be known. A restore asks for no more than that the backup becomes consistent, where
// nothing but the end of the WAL ends its recovery.
Segment end_of_look(const RestoreRequest& request, const recovery::Target& target, const recovery::BaseBackup& base,
                    std::uint64_t segments, std::uint64_t size) {
  const std::uint64_t end = std::max(base.end.value, base.begin.value + 1) - 1;
  const bool only_consistent = std::holds_alternative<recovery::TargetLatest>(target) && !request.dry_run;
  return segment_at({only_consistent ? end : end + segments * size}, base.timeline, size);
}

// A restore takes no time before the one at which the backup ended.
void keep_acceptable(recovery::Nearest& nearest, std::int64_t end) {
  if (nearest.before && *nearest.before < end) nearest.before.reset();
  if (nearest.after && *nearest.after < end) nearest.after.reset();
}

// Judges by so many segments behind the backup's end; false where more of them could change the answer.
bool look(Forecast& forecast, const RestoreRequest& request, const catalog::BackupInfo& backup,
          const RecoveryTarget& target, const recovery::BaseBackup& base, std::uint64_t segments,
          ServerContext& server) {
  const auto size = static_cast<std::uint64_t>(backup.xlog_segment_size);
  const bool latest = std::holds_alternative<recovery::TargetLatest>(forecast.target);
  const reach::KnownWal wal(server, {segment_at(base.begin, base.timeline, size),
                                     end_of_look(request, forecast.target, base, segments, size)});
  const recovery::Archive archive = reach::what_is_there(wal, server);
  const recovery::Chain chain(archive, wal.path_to(timeline_of(request, backup, target), base.timeline));
  recovery::Judgement judgement = recovery::judge(archive, chain, base, forecast.target, wal.reader());
  const bool suffices = latest ? !request.dry_run : judgement.stop.has_value();
  if (!suffices && wal.is_cut_off()) return false;
  if (backup.end_time) keep_acceptable(judgement.nearest, backup.end_time->micros);
  forecast.timeline = chain.path().target();
  forecast.path = chain.path();
  forecast.wal = wal_need(chain, base, judgement);
  auto why = judgement.stop ? std::nullopt : obstacle(chain, base, wal.unread());
  if (!judgement.stop && !why) why = unlisted(wal, backup, server.archive());
  if (why)
    forecast.unknown = *why;
  else
    forecast.judgement = std::move(judgement);
  return true;
}

std::string nearest_in_words(const recovery::Nearest& nearest) {
  std::vector<std::string> times;
  if (nearest.before) times.push_back(in_words(*nearest.before));
  if (nearest.after) times.push_back(in_words(*nearest.after));
  if (times.empty()) return {};
  return fmt::format("the nearest target {} from this backup {} {}; ", times.size() == 1 ? "time" : "times",
                     times.size() == 1 ? "is" : "are", join(times, " and "));
}

}  // namespace

recovery::Target recovery_target(const RecoveryTarget& target) {
  const bool inclusive = !target.exclusive;
  if (target.time) return recovery::TargetTime{target.time->micros, inclusive};
  if (target.lsn) return recovery::TargetLsn{*target.lsn, inclusive};
  if (target.name) return recovery::TargetName{*target.name};
  if (target.immediate) return recovery::TargetImmediate{};
  if (!target.xid) return recovery::TargetLatest{};
  const auto xid = parse_decimal(*target.xid);
  if (!xid || *xid < 0)
    throw Error(Errc::refused, fmt::format("{} is not the number of a transaction", python_repr(*target.xid)));
  // PostgreSQL leaves out the epoch, too.
  return recovery::TargetXid{static_cast<std::uint32_t>(*xid), inclusive};
}

std::optional<Segment> read_to(const Forecast& forecast) {
  return forecast.judgement && forecast.judgement->stop ? forecast.judgement->read_to : std::nullopt;
}

// Without a signal file there is no recovery from an archive, and with it no other timeline.
std::string timeline_of(const RestoreRequest& request, const catalog::BackupInfo& backup,
                        const RecoveryTarget& target) {
  if (target.timeline) return *target.timeline;
  const bool from_archive = target.is_pitr() || request.get_wal || request.standby_mode;
  return from_archive && backup.version.value_or(0) >= 120000 ? "latest" : "current";
}

WalNeed wal_need(const recovery::Chain& chain, const recovery::BaseBackup& backup,
                 const recovery::Judgement& judgement) {
  WalNeed need;
  const std::uint64_t size = need.segment_size = chain.segment_size();
  // Up to what is read; else to the last that there is, and in any case all that makes the backup consistent.
  Lsn end{std::max(backup.end.value, backup.begin.value + 1)};
  if (judgement.stop && judgement.read_to)
    end = std::max(end, {start_of(*judgement.read_to, size).value + size});
  else if (chain.size() > 0)
    end = std::max(end, chain[chain.size() - 1].behind());
  for (Lsn at{backup.begin.value / size * size}; at < end; at.value += size) {
    ++need.segments;
    if (chain.find(at) != recovery::Chain::none) continue;
    if (++need.missing_count <= most_missing)
      need.missing.push_back(segment_at(at, chain.path().timeline_of_segment(at, size), size));
  }
  return need;
}

Forecast forecast(const RestoreRequest& request, const catalog::BackupInfo& backup, const RecoveryTarget& target,
                  ServerContext& server) {
  Forecast forecast;
  try {
    forecast.target = recovery_target(target);
    const recovery::BaseBackup base = reach::base_backup(server, backup.backup_id);
    std::uint64_t looked_at = first_look;
    while (!look(forecast, request, backup, target, base, looked_at, server)) looked_at *= wider;
  } catch (const Error& error) {
    forecast.unknown = error.what();
  }
  return forecast;
}

Verdict verdict_on(const Forecast& forecast, const RestoreRequest& request, const catalog::BackupInfo& backup,
                   const RecoveryTarget& target) {
  const std::string what = has_stop(target) ? fmt::format("the recovery target ({})", target.describe())
                                            : fmt::format("the end of backup {}", backup.backup_id);
  if (!forecast.judgement) {
    if (!has_stop(target)) return {};
    return {
        Verdict::Kind::warn, fmt::format("It is not known whether {} can be reached: {}.", what, forecast.unknown), {}};
  }
  const recovery::Judgement& judgement = *forecast.judgement;
  if (judgement.stop) return {};
  const bool may_come = judgement.lacks_wal && wal_may_come(request);
  if (!has_stop(target) && may_come) return {};
  const std::string text =
      fmt::format("With the WAL that is archived, {} cannot be reached: {}.", what, judgement.reason);
  const bool tolerable =
      !has_stop(target) || request.no_target_check || may_come || backup.version.value_or(0) < insists_on_target;
  if (tolerable) return {Verdict::Kind::warn, text, {}};
  return {
      Verdict::Kind::refuse, text,
      nearest_in_words(judgement.nearest) + "nothing has been written; give --no-target-check to restore all the same"};
}

std::optional<std::string> describe_last(const recovery::Stop& stop) {
  if (!stop.last) return std::nullopt;
  return fmt::format("the {} of transaction {} at {}", stop.last->is_abort ? "abort" : "commit", stop.last->xid,
                     in_words(stop.last->micros));
}

}  // namespace barman::restore
