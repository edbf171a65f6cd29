#include "barman/app/recovery_window.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/postgres/server.h"
#include "barman/reach/known_wal.h"
#include "barman/recovery/window.h"

namespace barman::app {

namespace {

using recovery::BaseBackup;
using recovery::EndedBy;
using recovery::Interval;

constexpr std::string_view logger = "barman.recovery_window";

const char* word_of(EndedBy ended_by) {
  switch (ended_by) {
    case EndedBy::archive_end:
      return "archive_end";
    case EndedBy::missing_wal:
      return "missing_wal";
    case EndedBy::damaged_wal:
      return "damaged_wal";
    case EndedBy::standalone_backup:
      return "standalone_backup";
  }
  return "";
}

std::optional<Timestamp> time_of(const std::optional<std::int64_t>& micros) {
  return micros ? std::optional(local_timestamp(*micros)) : std::nullopt;
}

report::RecoveryInterval to_report(const Interval& interval) {
  report::RecoveryInterval to{.backup_id = interval.backup_id,
                              .timeline = interval.timeline,
                              .from_time = time_of(interval.from_micros),
                              .to_time = time_of(interval.to_micros),
                              .from_lsn = interval.from_lsn,
                              .to_lsn = interval.to_lsn,
                              .ended_by = word_of(interval.ended_by),
                              .missing = {}};
  for (const Segment& segment : interval.missing) to.missing.push_back(to_string(segment));
  return to;
}

// The windows on the ways to all timelines that are asked for.
class Windows {
 public:
  Windows(const reach::KnownWal& known, std::vector<BaseBackup> backups, recovery::ReadRecords read)
      : known_(known), backups_(std::move(backups)), read_(std::move(read)) {}

  void on_the_way_to(const std::string& timeline) {
    std::map<std::uint32_t, recovery::TimelinePath> paths;
    for (const BaseBackup& backup : backups_) {
      auto path = known_.path_to(timeline, backup.timeline);
      paths.try_emplace(path.target(), path);
    }
    for (const auto& [target, path] : paths) take(path);
    std::erase_if(backups_, [&](const BaseBackup& backup) { return done_.contains(backup.id); });
  }

  std::vector<Interval> intervals;
  std::vector<recovery::ArchivedPoint> points;
  std::vector<recovery::UnrestorableBackup> unrestorable;

 private:
  // A backup that is on the way to several counts on the first.
  void take(const recovery::TimelinePath& path) {
    const recovery::Chain chain(known_.archive(), path);
    std::vector<BaseBackup> here;
    for (const BaseBackup& backup : backups_)
      if (!done_.contains(backup.id) && chain.problem(backup)) here.push_back(backup);
    if (here.empty()) return;
    for (const BaseBackup& backup : here) done_.insert(backup.id);
    recovery::Window window = recovery::recovery_window(known_.archive(), chain, std::move(here), read_);
    std::ranges::move(window.intervals, std::back_inserter(intervals));
    std::ranges::move(window.unrestorable, std::back_inserter(unrestorable));
    for (recovery::ArchivedPoint& point : window.points)
      if (known_points_.insert({point.segment, point.point.begin}).second) points.push_back(std::move(point));
  }

  const reach::KnownWal& known_;
  std::vector<BaseBackup> backups_;
  recovery::ReadRecords read_;
  std::set<std::string> done_;
  std::set<std::pair<Segment, Lsn>> known_points_;
};

// ---- Exposure ----------------------------------------------------------------------------------------------------

// Where the primary's WAL ends; std::nullopt where it does not say so in time.
std::optional<Lsn> end_on_primary(ServerContext& server) {
  const config::ServerConfig& config = server.config();
  if (!config.conninfo || !config.active || config.disabled() || config.passive()) return std::nullopt;
  try {
    postgres::Server& primary = server.postgres();
    if (config.check_timeout > 0)
      primary.set_deadline(std::chrono::steady_clock::now() + std::chrono::seconds(config.check_timeout));
    if (primary.is_in_recovery()) return std::nullopt;
    return primary.current_position().lsn;
  } catch (const Error& error) {
    log::debug(logger, "Where the WAL of server {} ends is not known: {}", config.name, error.what());
    return std::nullopt;
  }
}

// The end of what can be replayed.
struct End {
  std::optional<std::int64_t> newest;  // commit or abort
  Lsn at;
};

End end_of(const Interval& interval) {
  return {interval.last ? std::optional(interval.last->micros) : interval.from_micros, interval.to_lsn};
}

End with_waiting(End end, const std::vector<NotedSegment>& waiting) {
  for (const NotedSegment& each : waiting) {
    if (each.note.ends > 0) end.newest = each.note.last_micros;
    end.at = each.note.is_whole() ? each.note.behind() : Lsn{each.note.begin().value + each.note.whole_to};
  }
  return end;
}

std::optional<double> exposure_of(const End& end, const std::optional<Lsn>& primary, std::int64_t now_micros) {
  constexpr std::uint64_t page_header = 40;  // which is all that may stand behind the end of a segment
  if (primary && primary->value <= end.at.value + page_header) return 0;
  if (!end.newest) return std::nullopt;
  return static_cast<double>(std::max<std::int64_t>(0, now_micros - *end.newest)) / 1e6;
}

void add_exposure(ServerContext& server, const reach::KnownWal& known, const std::vector<Interval>& intervals,
                  bool from_notes, report::RecoveryWindow& to) {
  if (intervals.empty()) return;
  const Interval& newest = *std::ranges::max_element(
      intervals, {}, [](const Interval& each) { return std::pair(each.timeline, each.to_lsn); });
  const std::optional<Lsn> primary = from_notes ? std::nullopt : end_on_primary(server);
  const std::int64_t asked_at = now().micros;
  const End archived = end_of(newest);
  to.exposure = exposure_of(archived, primary, asked_at);
  if (from_notes) return;
  std::vector<NotedSegment> waiting;
  if (newest.ended_by == EndedBy::archive_end) waiting = known.waiting_behind(newest.timeline, newest.to_lsn);
  to.exposure_with_partial = exposure_of(with_waiting(archived, waiting), primary, asked_at);
}

reach::Notes notes_for(const RecoveryWindowRequest& request) {
  if (request.from_notes) return reach::Notes::alone;
  return request.verify ? reach::Notes::made_anew : reach::Notes::believed;
}

}  // namespace

report::RecoveryWindow recovery_window(ServerContext& server, const RecoveryWindowRequest& request) {
  report::RecoveryWindow report;
  report.server = server.config().name;
  std::vector<reach::Unusable> unusable;
  std::vector<BaseBackup> backups = reach::base_backups(server, &unusable);
  const reach::KnownWal known(server, {}, notes_for(request));
  Windows windows(known, std::move(backups), request.from_notes ? recovery::ReadRecords() : known.reader());
  windows.on_the_way_to(request.timeline.value_or("latest"));
  if (!request.timeline) windows.on_the_way_to("current");

  std::ranges::stable_sort(windows.intervals, {},
                           [](const Interval& each) { return std::pair(each.timeline, each.from_lsn); });
  for (const Interval& interval : windows.intervals) report.intervals.push_back(to_report(interval));
  for (const recovery::ArchivedPoint& point : windows.points)
    report.points.push_back(
        {point.point.name, local_timestamp(point.point.micros), point.point.end, point.segment.timeline});
  for (reach::Unusable& each : unusable)
    report.unrestorable.push_back({std::move(each.backup_id), std::move(each.reason)});
  for (recovery::UnrestorableBackup& each : windows.unrestorable)
    report.unrestorable.push_back({std::move(each.backup_id), std::move(each.reason)});
  std::ranges::sort(report.unrestorable, {}, &report::WithReason::what);
  for (const reach::UnreadSegment& each : known.damaged())
    report.damaged.push_back({to_string(each.segment), each.reason});
  for (const reach::UnreadSegment& each : known.unread())
    report.unread.push_back({to_string(each.segment), each.reason});
  report.verified = request.verify;
  report.presumed = known.presumed();
  add_exposure(server, known, windows.intervals, request.from_notes, report);
  return report;
}

void note_wal(ServerContext& server, std::chrono::steady_clock::time_point until) {
  if (server.config().keeps_wal_in_store() || std::chrono::steady_clock::now() >= until) return;
  try {
    if (!reach::catch_up(server, until))
      log::debug(logger, "Not all WAL of server {} is noted yet: the rest follows", server.config().name);
  } catch (const Error& error) {
    log::write(error.code() == Errc::timeout ? log::Level::debug : log::Level::warning, logger,
               fmt::format("Cannot note what the WAL of server {} holds: {}", server.config().name, error.what()));
  }
}

}  // namespace barman::app
