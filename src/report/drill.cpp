#include "barman/report/drill.h"

#include <fmt/core.h>

#include <algorithm>

#include "json_members.h"

namespace barman::report {
namespace {

json to_json(const Drill::Target& target) {
  return {{"kind", target.kind},
          {"value", or_null(target.value)},
          {"inclusive", target.inclusive},
          {"timeline", or_null(target.timeline)}};
}

json to_json(const Drill::Point& point) {
  return {{"lsn", to_string(point.lsn)},
          {"xid", or_null(point.xid)},
          {"time", point.time ? json(to_iso_exact(*point.time)) : json(nullptr)}};
}

json to_json(const Drill::Seconds& seconds) {
  return {{"copy", or_null(seconds.copy)},
          {"start", or_null(seconds.start)},
          {"replay", or_null(seconds.replay)},
          {"checks", or_null(seconds.checks)},
          {"to_consistency", or_null(seconds.to_consistency)},
          {"to_target", or_null(seconds.to_target)},
          {"total", seconds.total}};
}

Drill::Target target_of(const json& object) {
  Drill::Target target;
  take(object, "kind", target.kind);
  take(object, "value", target.value);
  take(object, "inclusive", target.inclusive);
  take(object, "timeline", target.timeline);
  return target;
}

std::optional<Drill::Point> point_of(const json& object) {
  std::string text;
  take(object, "lsn", text);
  const auto lsn = parse_lsn(text);
  if (!lsn) return std::nullopt;
  Drill::Point point{.lsn = *lsn};
  take(object, "xid", point.xid);
  take(object, "time", point.time);
  return point;
}

Drill::Seconds seconds_of(const json& object) {
  Drill::Seconds seconds;
  take(object, "copy", seconds.copy);
  take(object, "start", seconds.start);
  take(object, "replay", seconds.replay);
  take(object, "checks", seconds.checks);
  take(object, "to_consistency", seconds.to_consistency);
  take(object, "to_target", seconds.to_target);
  take(object, "total", seconds.total);
  return seconds;
}

Drill drill_of(const json& object) {
  Drill drill;
  take(object, "server", drill.server);
  take(object, "backup_id", drill.backup_id);
  take(object, "passed", drill.passed);
  drill.target = target_of(member(object, "target"));
  drill.reached = point_of(member(object, "reached"));
  drill.seconds = seconds_of(member(object, "seconds"));
  take(member(object, "bytes"), "copied", drill.bytes_copied);
  take(member(object, "bytes"), "wal", drill.wal_bytes);
  take(object, "wal_segments", drill.wal_segments);
  for (const json& each : object.value("checks", json::array())) {
    if (!each.is_object()) continue;
    Drill::Check& check = drill.checks.emplace_back();
    take(each, "name", check.name);
    take(each, "passed", check.passed);
    take(each, "detail", check.detail);
  }
  for (const json& note : object.value("notes", json::array()))
    if (note.is_string()) drill.notes.push_back(note.get<std::string>());
  take(object, "kept", drill.kept);
  take(object, "started", drill.started);
  take(object, "ended", drill.ended);
  return drill;
}

}  // namespace

std::string describe(const Drill::Target& target) {
  std::string text = target.kind;
  if (target.value) text += " " + *target.value;
  if (!target.inclusive) text += ", exclusive";
  if (target.timeline) text += ", timeline " + *target.timeline;
  return text;
}

std::optional<double> replay_rate(const Drill& drill) {
  if (!drill.wal_bytes || !drill.seconds.replay || *drill.seconds.replay <= 0) return std::nullopt;
  return static_cast<double>(*drill.wal_bytes) / *drill.seconds.replay;
}

std::string failure_of(const Drill& drill) {
  const auto failed =
      std::ranges::find_if(drill.checks, [](const Drill::Check& check) { return check.passed == false; });
  return failed == drill.checks.end() ? std::string() : fmt::format("{}: {}", failed->name, failed->detail);
}

std::string to_json_text(const Drill& drill) {
  json checks = json::array();
  for (const Drill::Check& check : drill.checks)
    checks.push_back({{"name", check.name}, {"passed", or_null(check.passed)}, {"detail", check.detail}});
  const json object = {{"server", drill.server},
                       {"backup_id", drill.backup_id},
                       {"passed", drill.passed},
                       {"target", to_json(drill.target)},
                       {"reached", drill.reached ? to_json(*drill.reached) : json(nullptr)},
                       {"seconds", to_json(drill.seconds)},
                       {"bytes", {{"copied", drill.bytes_copied}, {"wal", or_null(drill.wal_bytes)}}},
                       {"wal_segments", or_null(drill.wal_segments)},
                       {"replay_bytes_per_second", or_null(replay_rate(drill))},
                       {"checks", checks},
                       {"notes", drill.notes},
                       {"kept", or_null(drill.kept)},
                       {"started", to_iso_exact(drill.started)},
                       {"ended", to_iso_exact(drill.ended)}};
  return on_one_line(object);
}

std::optional<Drill> parse_drill(std::string_view text) {
  const json object = parse_line(text);
  if (!object.contains("server") || !object.contains("passed")) return std::nullopt;
  return drill_of(object);
}

}  // namespace barman::report
