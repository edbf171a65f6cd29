#include "barman/output/long_list.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "barman/core/numbers.h"
#include "barman/output/backups.h"

namespace barman::report {
namespace {

constexpr std::size_t columns = 9;
constexpr std::size_t terminal_width = 80;
using Row = std::array<std::string, columns + 1>;  // the last one is as long as it likes
constexpr std::array<bool, columns + 1> right_aligned = {false, true, false, false, true, true};

// "345.6M": room is short, and there are two of them in a row.
std::string brief_size(std::int64_t bytes) {
  std::string text = human_size(bytes);
  if (text.ends_with(" B")) return text.substr(0, text.size() - 2) + "B";
  const std::size_t blank = text.find(' ');
  return text.substr(0, blank) + text.substr(blank + 1, 1);
}

// Of a backup that ended in what this host takes for the future: "-3d". It must not look like the newest one.
std::string brief_age(const std::optional<Micros>& age) {
  if (!age) return "-";
  if (age->count() <= -1'000'000) return "-" + brief_age(-*age);
  const auto seconds = age->count() / 1'000'000;
  constexpr std::int64_t minute = 60, hour = 60 * minute, day = 24 * hour;
  if (seconds < 2 * minute) return fmt::format("{}s", seconds);
  if (seconds < 2 * hour) return fmt::format("{}m", seconds / minute);
  return seconds < 2 * day ? fmt::format("{}h", seconds / hour) : fmt::format("{}d", seconds / day);
}

std::string day_of(const Timestamp& time) {
  return to_iso(in_local_zone(time)).substr(0, std::string_view("2026-11-21").size());
}

std::string status_of(const BackupListEntry& backup) {
  if (backup.torn) return "TORN";
  return backup.status == "WAITING_FOR_WALS" ? "WAITING" : backup.status;
}

std::string kept_of(const LongListEntry& entry) {
  if (!entry.kept) return "-";
  return entry.kept_by_calendar ? "calendar" : *entry.kept;
}

std::string expiry_of(const LongListEntry& entry) {
  if (entry.expires == "time" && entry.expires_at) return day_of(*entry.expires_at);
  if (entry.expires == "backups")
    return fmt::format("+{} backup{}", entry.backups_until, entry.backups_until == 1 ? "" : "s");
  if (entry.expires == "due") return "now";
  return entry.expires == "unjudged" ? "-" : entry.expires == "calendar" ? "calendar" : "never";
}

std::string drill_of(const LongListEntry& entry) {
  if (!entry.drill) return "-";
  return entry.drill->passed ? day_of(entry.drill->time) : "failed";
}

Row row_of(const LongListEntry& entry) {
  const BackupListEntry& backup = entry.backup;
  const auto size = [&](std::int64_t bytes) { return backup.copied ? brief_size(bytes) : std::string("-"); };
  Row row{backup.id,
          brief_age(entry.age),
          backup.type == "incremental" ? "incr"
          : backup.type == "snapshot"  ? "snap"
                                       : backup.type,
          status_of(backup),
          size(backup.size),
          size(backup.wal_size),
          kept_of(entry),
          expiry_of(entry),
          drill_of(entry),
          {}};
  if (backup.in_cloud_copy) row.back() = *backup.in_cloud_copy ? "COPIED" : "NOT COPIED";
  if (backup.name) row.back() += fmt::format("{}'{}'", row.back().empty() ? "" : " ", *backup.name);
  return row;
}

// Columns as wide as what is in them, two blanks apart where the screen has room for that.
std::vector<std::string> table(const std::vector<Row>& rows) {
  std::array<std::size_t, columns> widths{};
  std::size_t sum = 0;
  for (std::size_t column = 0; column < columns; ++column) {
    for (const Row& row : rows) widths[column] = std::max(widths[column], row[column].size());
    sum += widths[column];
  }
  const std::string gap(sum + 2 * (columns - 1) <= terminal_width ? 2 : 1, ' ');
  std::vector<std::string> lines;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < columns; ++column) {
      if (column != 0) line += gap;
      const std::string blanks(widths[column] - row[column].size(), ' ');
      line += right_aligned[column] ? blanks + row[column] : row[column] + blanks;
    }
    if (!row.back().empty()) line += gap + row.back();
    lines.push_back(line.substr(0, line.find_last_not_of(' ') + 1));
  }
  return lines;
}

std::string heading(const LongBackupList& report) {
  std::string text = fmt::format("Server {}: {}", report.server, report.policy.value_or("no retention policy"));
  if (report.calendar) text += fmt::format("; calendar {}", *report.calendar);
  return text;
}

std::string totals(const LongBackupList& report) {
  std::int64_t size = 0, wal = 0;
  std::size_t copied = 0;
  for (const LongListEntry& entry : report.entries) {
    if (!entry.backup.copied) continue;
    ++copied;
    size += entry.backup.size;
    wal += entry.backup.wal_size;
  }
  std::string text = fmt::format("{} backup{}", report.entries.size(), report.entries.size() == 1 ? "" : "s");
  if (copied != report.entries.size()) text += fmt::format(", {} of them copied", copied);
  return text + fmt::format(": {}, and {} of later WAL", human_size(size), human_size(wal));
}

nlohmann::json or_null(const std::optional<Timestamp>& time) {
  return time ? nlohmann::json(to_iso(*time)) : nlohmann::json();
}

void add_long(const LongListEntry& entry, nlohmann::json& object) {
  object["age_seconds"] = entry.age ? nlohmann::json(entry.age->count() / 1'000'000) : nlohmann::json();
  object["kept"] = entry.kept ? nlohmann::json(*entry.kept) : nlohmann::json();
  object["kept_by_calendar"] = entry.kept_by_calendar;
  object["expires"] = {{"rule", entry.expires},
                       {"time", or_null(entry.expires_at)},
                       {"newer_backups", entry.expires == "backups" ? nlohmann::json(entry.backups_until) : nullptr}};
  object["drill"] = entry.drill ? nlohmann::json{{"passed", entry.drill->passed}, {"time", to_iso(entry.drill->time)}}
                                : nlohmann::json();
}

}  // namespace

void write_console(const LongBackupList& report, output::Writer& writer) {
  writer.line(heading(report));
  if (report.copy)
    writer.line(fmt::format("  none here; 'barman list-backups {}' asks {}", report.server, *report.copy));
  if (!report.entries.empty()) {
    std::vector<Row> rows = {{"BACKUP", "AGE", "TYPE", "STATUS", "SIZE", "WAL", "KEPT", "EXPIRES", "DRILL", ""}};
    for (const LongListEntry& entry : report.entries) rows.push_back(row_of(entry));
    for (const std::string& line : table(rows)) writer.line(line);
  }
  writer.line(totals(report));
}

void write_json(const LongBackupList& report, nlohmann::json& root) {
  BackupList brief;
  brief.server = report.server;
  for (const LongListEntry& entry : report.entries) brief.entries.push_back(entry.backup);
  write_json(brief, root);
  nlohmann::json& list = root[report.server];
  for (std::size_t i = 0; i < report.entries.size(); ++i) add_long(report.entries[i], list[i]);
}

}  // namespace barman::report
