#include "barman/restore/target.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"

namespace barman::restore {

std::string_view to_string(TargetAction action) {
  switch (action) {
    case TargetAction::pause:
      return "pause";
    case TargetAction::shutdown:
      return "shutdown";
    case TargetAction::promote:
      return "promote";
  }
  return "";
}

std::string RecoveryTarget::describe() const {
  std::vector<std::string> parts;
  if (time) parts.push_back(fmt::format("time: '{}'", to_python(*time)));
  if (xid) parts.push_back(fmt::format("xid: {}", python_repr(*xid)));
  if (lsn) parts.push_back(fmt::format("lsn: {}", python_repr(*lsn_text)));
  if (timeline_id) parts.push_back(fmt::format("timeline: '{}'", *timeline_id));
  if (name) parts.push_back(fmt::format("name: {}", python_repr(*name)));
  if (immediate) parts.emplace_back("immediate: True");
  return join(parts, ", ");
}

RecoveryTarget understood(const TargetRequest& request) {
  RecoveryTarget target;
  if (request.time) target.time = parse_target_time(*request.time).time;
  if (request.lsn) {
    target.lsn = parse_target_lsn(*request.lsn);
    target.lsn_text = request.lsn;
  }
  target.xid = request.xid;
  target.name = request.name;
  target.immediate = request.immediate;
  target.timeline = request.timeline;
  target.exclusive = request.exclusive;
  target.action = request.action;
  return target;
}

int count_exclusive_targets(const TargetRequest& request) {
  return int{request.time.has_value()} + int{request.xid.has_value()} + int{request.lsn.has_value()} +
         int{request.name.has_value()} + int{request.immediate};
}

std::optional<std::string_view> target_without_backup_id(const TargetRequest& request) {
  if (request.xid) return "target_xid";
  if (request.name) return "target_name";
  if (request.immediate) return "target_immediate";
  return std::nullopt;
}

HumanTime parse_target_time(const std::string& text) {
  if (const auto time = read_human_time(text)) return *time;
  throw Error(Errc::refused,
              fmt::format("Unable to parse the target time parameter {}: not a date and time", python_repr(text)),
              "write it as '2026-11-21 07:26:35+00:00'");
}

std::vector<std::string> doubts_about(const HumanTime& time, const std::string& text) {
  std::vector<std::string> doubts;
  if (!time.had_zone)
    doubts.emplace_back(
        "No time zone has been specified through '--target-time' command-line option. Barman assumed the same time "
        "zone from the Barman host.");
  if (time.or_else)
    doubts.push_back(fmt::format(
        "The clocks of the Barman host show {} twice: at {} and again at {}. Barman assumed the first. Specify the "
        "offset through '--target-time' to choose.",
        python_repr(text), to_python(time.time), to_python(*time.or_else)));
  if (time.skipped)
    doubts.push_back(
        fmt::format("The clocks of the Barman host skip {}. Barman assumed {}, which they show as {}. Specify the "
                    "offset through '--target-time' to choose.",
                    python_repr(text), to_python(time.time), to_python(in_local_zone(time.time))));
  return doubts;
}

Lsn parse_target_lsn(const std::string& text) {
  if (const auto lsn = parse_lsn(text)) return *lsn;
  throw Error(Errc::refused, fmt::format("Unable to parse the target LSN parameter {}", python_repr(text)),
              "an LSN is written as two hexadecimal numbers, for example 0/3000028");
}

}  // namespace barman::restore
