#include "barman/recovery/window.h"

#include <algorithm>
#include <limits>

namespace barman::recovery {

namespace {

constexpr std::size_t most_missing = 100;

void later(std::optional<std::int64_t>& latest, std::int64_t micros) {
  if (!latest || *latest < micros) latest = micros;
}

// The last commit or abort of a run that is replayed from a backup.
std::optional<TransactionEnd> last_of(const Chain& chain, const BaseBackup& backup, std::size_t first,
                                      std::size_t last) {
  for (std::size_t at = last + 1; at-- > first;) {
    const WalNote& note = chain[at];
    if (note.ends == 0) continue;
    if (note.last_end < backup.begin) return std::nullopt;
    return TransactionEnd{note.last_end, note.last_xid, note.last_micros, note.last_is_abort};
  }
  return std::nullopt;
}

Interval interval_of(const Chain& chain, const BaseBackup& backup, const Edge& edge) {
  const std::size_t last = chain.run_end(edge.at);
  std::optional<std::int64_t> to = edge.behind;
  if (edge.at < last && chain.latest_from(edge.at + 1) != std::numeric_limits<std::int64_t>::min())
    later(to, chain.latest_from(edge.at + 1));
  if (to && edge.before && *to <= *edge.before) to.reset();
  const WalNote& end = chain[last];
  Interval interval;
  interval.backup_id = backup.id;
  interval.timeline = end.segment.timeline;
  interval.from_micros = edge.before ? edge.before : edge.ahead;
  interval.to_micros = to;
  interval.from_lsn = backup.end;
  interval.to_lsn = end.is_whole() ? end.behind() : Lsn{end.begin().value + end.whole_to};
  interval.last = last_of(chain, backup, edge.first, last);
  interval.ended_by = chain.ended_by(last);
  interval.missing = chain.missing_behind(last, most_missing);
  if (interval.ended_by == EndedBy::missing_wal && backup.standalone) interval.ended_by = EndedBy::standalone_backup;
  return interval;
}

bool earlier(const std::optional<std::int64_t>& a, const std::optional<std::int64_t>& b) { return a && b && *a < *b; }

// Of the segments before one, without a gap.
std::optional<std::int64_t> last_before(const Chain& chain, std::size_t first) {
  for (std::size_t at = first; at-- > 0 && chain.run_end(at) >= first;)
    if (chain[at].ends > 0) return chain[at].last_micros;
  return std::nullopt;
}

}  // namespace

Edge edge_of(const Chain& chain, const BaseBackup& backup, const ReadRecords& read) {
  Edge edge;
  edge.first = chain.find(backup.begin);
  edge.at = chain.find({std::max(backup.end.value, backup.begin.value + 1) - 1});
  for (std::size_t at = edge.first; at <= edge.at; ++at) {
    const WalNote& note = chain[at];
    if (note.ends == 0) continue;
    if ((at > edge.first && at < edge.at) || !read) {
      later(edge.before, note.latest_micros);
      continue;
    }
    for (const WalRecord& record : read(note.segment, WalReader::Yield::noted)) {
      if (!ends_transaction(record.kind)) continue;
      if (record.begin < backup.begin) {
        edge.ahead = record.micros;
      } else {
        later(record.begin < backup.end ? edge.before : edge.behind, record.micros);
      }
    }
  }
  if (!edge.ahead) edge.ahead = last_before(chain, edge.first);
  return edge;
}

Window recovery_window(const Archive& archive, const Chain& chain, std::vector<BaseBackup> backups,
                       const ReadRecords& read) {
  std::ranges::stable_sort(backups, {}, &BaseBackup::begin);
  Window window;
  std::size_t run = Chain::none;  // the last segment of the run that the last interval belongs to
  std::vector<std::pair<Lsn, Lsn>> reached;
  for (const BaseBackup& backup : backups) {
    const auto problem = chain.problem(backup);
    if (!problem) continue;
    if (!problem->empty()) {
      window.unrestorable.push_back({backup.id, *problem});
      continue;
    }
    // Notes suffice to tell whether a backup within the reach of another is worth an interval.
    const Edge coarse = edge_of(chain, backup, {});
    const bool same_run = chain.run_end(coarse.at) == run;
    if (same_run) reached.back().first = std::min(reached.back().first, backup.end);
    if (same_run && !earlier(coarse.before ? coarse.before : coarse.ahead, window.intervals.back().from_micros))
      continue;
    run = chain.run_end(coarse.at);
    window.intervals.push_back(interval_of(chain, backup, read ? edge_of(chain, backup, read) : coarse));
    if (!same_run) reached.emplace_back(backup.end, window.intervals.back().to_lsn);
  }
  for (const ArchivedPoint& each : archive.points) {
    const Lsn begin = start_of(each.segment, chain.segment_size());
    if (chain.path().timeline_of_segment(begin, chain.segment_size()) != each.segment.timeline) continue;
    const auto is_in = [&](const auto& range) {
      return each.point.end >= range.first && each.point.end <= range.second;
    };
    if (std::ranges::any_of(reached, is_in)) window.points.push_back(each);
  }
  return window;
}

}  // namespace barman::recovery
