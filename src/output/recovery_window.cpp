#include "barman/output/recovery_window.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

namespace barman::report {

namespace {

nlohmann::json iso(const std::optional<Timestamp>& time) {
  return time ? nlohmann::json(to_iso_exact(*time)) : nlohmann::json();
}

std::string age(double seconds) {
  return seconds == 0 ? "none" : human_interval(Micros(static_cast<std::int64_t>(seconds * 1e6)));
}
std::string age(const std::optional<double>& seconds) { return seconds ? age(*seconds) : "not known"; }

std::string end_of(const RecoveryInterval& interval) {
  if (interval.ended_by == "archive_end") return "the end of the archive";
  if (interval.ended_by == "damaged_wal") return "WAL that cannot be replayed";
  std::string text = interval.ended_by == "standalone_backup" ? "a backup that is kept standalone" : "missing WAL";
  if (!interval.missing.empty()) text += fmt::format(", {} is not there", interval.missing.front());
  if (interval.missing.size() > 1) text += fmt::format(" (nor {} more)", interval.missing.size() - 1);
  return text;
}

void row(output::Writer& writer, std::string_view name, const std::string& value) {
  writer.line(fmt::format("    {:<21}: {}", name, value));
}

void write_interval(const RecoveryInterval& interval, output::Writer& writer) {
  writer.line("  Interval:");
  row(writer, "From", interval.from_time ? to_python_exact(*interval.from_time) : "the end of the backup");
  row(writer, "To",
      interval.to_time ? "before " + to_python_exact(*interval.to_time)
                       : "the end of the WAL alone (no time can be reached)");
  row(writer, "LSN", fmt::format("{} to {}", to_string(interval.from_lsn), to_string(interval.to_lsn)));
  row(writer, "Backup", interval.backup_id);
  row(writer, "Timeline", fmt::format("{}", interval.timeline));
  row(writer, "Ended by", end_of(interval));
  writer.line("");
}

void write_reasons(std::string_view title, const std::vector<WithReason>& all, output::Writer& writer) {
  if (all.empty()) return;
  constexpr std::size_t most = 20;
  writer.line(fmt::format("  {}:", title));
  for (std::size_t i = 0; i < all.size() && i < most; ++i) row(writer, all[i].what, all[i].reason);
  if (all.size() > most) writer.line(fmt::format("    ... and {} more", all.size() - most));
  writer.line("");
}

// "main - 2026-... to 2026-... - Exposure: 3 minutes"
std::string line_of(const RecoveryWindow& report) {
  std::string line = report.server + " - ";
  if (report.intervals.empty()) {
    line += "nothing can be restored";
  } else {
    const RecoveryInterval &first = report.intervals.front(), &last = report.intervals.back();
    line +=
        fmt::format("{} to {}", first.from_time ? to_python_exact(*first.from_time) : "the end of " + first.backup_id,
                    last.to_time ? to_python_exact(*last.to_time) : to_string(last.to_lsn));
    if (report.intervals.size() > 1) line += fmt::format(" in {} intervals", report.intervals.size());
    line += " - Exposure: " + age(report.exposure);
  }
  if (!report.unrestorable.empty()) line += fmt::format(" - Not restorable: {}", report.unrestorable.size());
  if (!report.damaged.empty()) line += fmt::format(" - Damaged WAL: {}", report.damaged.size());
  return line;
}

nlohmann::json reasons_json(const char* key, const std::vector<WithReason>& all) {
  nlohmann::json list = nlohmann::json::array();
  for (const WithReason& each : all) list.push_back({{key, each.what}, {"reason", each.reason}});
  return list;
}

nlohmann::json number(const std::optional<double>& value) { return value ? nlohmann::json(*value) : nlohmann::json(); }

}  // namespace

void write_console(const RecoveryWindow& report, output::Writer& writer) {
  if (report.brief) return writer.line(line_of(report));
  writer.line(fmt::format("Recovery window of server {}:", report.server));
  if (report.intervals.empty()) {
    writer.line("  Nothing can be restored");
    writer.line("");
  }
  for (const RecoveryInterval& interval : report.intervals) write_interval(interval, writer);
  if (!report.points.empty()) {
    writer.line("  Restore points:");
    for (const ReachablePoint& point : report.points)
      row(writer, point.name,
          fmt::format("{}, LSN {}, timeline {}", to_python_exact(point.time), to_string(point.lsn), point.timeline));
    writer.line("");
  }
  write_reasons("Backups that cannot be restored", report.unrestorable, writer);
  write_reasons("WAL that cannot be replayed", report.damaged, writer);
  write_reasons("WAL that could not be looked into", report.unread, writer);
  writer.line("  Exposure:");
  row(writer, "Archived", age(report.exposure));
  row(writer, "With what is streamed", age(report.exposure_with_partial));
  if (report.verified) row(writer, "Verified", "every segment was read");
}

void write_json(const RecoveryWindow& report, nlohmann::json& root) {
  nlohmann::json intervals = nlohmann::json::array(), points = nlohmann::json::array();
  for (const RecoveryInterval& each : report.intervals)
    intervals.push_back({{"timeline", each.timeline},
                         {"from_time", iso(each.from_time)},
                         {"from_lsn", to_string(each.from_lsn)},
                         {"to_time", iso(each.to_time)},
                         {"to_lsn", to_string(each.to_lsn)},
                         {"backup_id", each.backup_id},
                         {"ended_by", each.ended_by},
                         {"missing", each.missing}});
  for (const ReachablePoint& each : report.points)
    points.push_back(
        {{"name", each.name}, {"time", iso(each.time)}, {"lsn", to_string(each.lsn)}, {"timeline", each.timeline}});
  root[report.server] = {{"intervals", std::move(intervals)},
                         {"restore_points", std::move(points)},
                         {"exposure_seconds", number(report.exposure)},
                         {"exposure_with_partial_seconds", number(report.exposure_with_partial)},
                         {"unrestorable_backups", reasons_json("backup_id", report.unrestorable)},
                         {"damaged_wal", reasons_json("segment", report.damaged)},
                         {"unread_wal", reasons_json("segment", report.unread)},
                         {"verified", report.verified}};
}

}  // namespace barman::report
