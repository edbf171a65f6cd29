#include "barman/archiver/follow_timeline.h"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>

#include "barman/exec/shell.h"
#include "barman/wal/segment.h"

namespace barman::archiver {

std::optional<ResumePoint> resume_point(const std::vector<std::string>& names, std::uint64_t segment_size) {
  std::optional<WalName> highest;
  const auto rank = [](const WalName& name) {
    return std::tuple(name.segment.log, name.segment.seg, name.segment.timeline, name.kind == WalKind::segment);
  };
  for (const std::string& name : names) {
    const auto parsed = parse_wal_name(name);
    if (!parsed || (parsed->kind != WalKind::segment && parsed->kind != WalKind::partial)) continue;
    if (!highest || rank(*parsed) > rank(*highest)) highest = parsed;
  }
  if (!highest) return std::nullopt;
  const Segment from = highest->kind == WalKind::partial ? highest->segment : next(highest->segment, segment_size);
  return ResumePoint{from.timeline, start_of(from, segment_size)};
}

Course plot_course(const std::optional<ResumePoint>& resume, std::uint32_t server_timeline,
                   const std::vector<HistoryEntry>& history) {
  using What = Course::What;
  if (!resume || resume->timeline == server_timeline) return {};
  if (resume->timeline > server_timeline) return {What::behind, {}};
  const auto left = std::ranges::find(history, resume->timeline, &HistoryEntry::parent);
  if (left == history.end()) return {What::stranger, {}};
  return {resume->position <= left->switchpoint ? What::follow : What::beyond, left->switchpoint};
}

std::optional<Obstacle> obstacle(const Course& course, const ResumePoint& resume, std::uint32_t server_timeline,
                                 const std::string& server) {
  const std::string reset = fmt::format("barman receive-wal --reset {}", exec::shell_quote(server));
  switch (course.what) {
    case Course::What::straight:
    case Course::What::follow:
      break;
    case Course::What::beyond:
      return Obstacle{
          fmt::format("WAL was received up to {} on timeline {}, which the server left at {} for timeline {}: "
                      "it was promoted, or restored, before it had the rest",
                      to_string(resume.position), resume.timeline, to_string(course.fork), server_timeline),
          fmt::format("{}, and take a new backup", reset)};
    case Course::What::stranger:
      return Obstacle{
          fmt::format("WAL was received of timeline {}, which is not in the past of timeline {} on which the "
                      "server is",
                      resume.timeline, server_timeline),
          fmt::format("{}, and take a new backup", reset)};
    case Course::What::behind:
      return Obstacle{fmt::format("WAL was received of timeline {}, but the server is on timeline {} still: it is not "
                                  "the one that was promoted",
                                  resume.timeline, server_timeline),
                      "let conninfo and streaming_conninfo lead to the server that was promoted"};
  }
  return std::nullopt;
}

}  // namespace barman::archiver
