#include "barman/output/restore_plan.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "barman/core/numbers.h"
#include "barman/core/text.h"

namespace barman::report {

namespace {

using output::Writer;

constexpr std::size_t most_shown = 5;

void row(Writer& writer, std::string_view name, const std::string& value) {
  writer.line(fmt::format("  {:<21}: {}", name, value));
}

std::string verdict(const RestorePlan& plan) {
  if (!plan.possible) return "not known: " + plan.reason.value_or("");
  return *plan.possible ? "yes" : "NO: " + plan.reason.value_or("");
}

std::string target_in_words(const RestorePlan::Target& target) {
  if (target.kind == "latest") return "the end of the WAL";
  if (target.kind == "immediate") return "as soon as the backup is consistent";
  const char* where = target.inclusive ? "" : ", exclusive";
  return fmt::format("{} '{}'{}", target.kind, target.value.value_or(""), target.kind == "name" ? "" : where);
}

std::string stop_in_words(const RestorePlan::Stop& stop) {
  std::string text = fmt::format("{} ({})", stop.lsn, replace_all(stop.kind, "_", " "));
  if (stop.kind == "restore_point" && stop.time) text += " of " + to_python(*stop.time);
  if (stop.xid && stop.last_time)
    text += fmt::format("; the last transaction is {} at {}", *stop.xid, to_python(*stop.last_time));
  return text;
}

void write_nearest(const RestorePlan& plan, Writer& writer) {
  if (plan.nearest_before) row(writer, "Nearest time before", to_python(*plan.nearest_before));
  if (plan.nearest_after) row(writer, "Nearest time after", to_python(*plan.nearest_after));
}

void write_wal(const RestorePlan::Wal& wal, Writer& writer) {
  row(writer, "WAL needed",
      fmt::format("{} {}, {}{}", wal.segments, wal.segments == 1 ? "segment" : "segments", human_size(wal.bytes),
                  wal.missing_count == 0 ? ", all archived" : ""));
  if (wal.missing_count == 0) return;
  const std::size_t shown = std::min(most_shown, wal.missing.size());
  const std::vector<std::string> first(wal.missing.begin(), wal.missing.begin() + static_cast<std::ptrdiff_t>(shown));
  row(writer, "WAL missing",
      fmt::format("{} of them: {}{}", wal.missing_count, join(first, ", "), wal.missing_count > shown ? ", ..." : ""));
}

std::string why_not_estimated(const RestorePlan& plan) {
  if (plan.possible == false) return "it would not succeed";
  if (plan.remote) return "no restore of this server to another host has been measured";
  return "no restore or drill of this server has been measured";
}

std::string estimate_in_words(const RestorePlan& plan) {
  if (!plan.estimate) return "not known: " + why_not_estimated(plan);
  const bool complete = plan.estimate->recovery_seconds.has_value();
  std::string by = plan.estimate->by_restores ? "restores" : "drills";
  if (plan.estimate->by_restores && plan.remote) by += " to other hosts";
  if (plan.estimate->by_restores && complete) by += " and drills";
  return fmt::format("{}{}, as {} have measured{}", human_interval(Micros(plan.estimate->total_seconds() * 1'000'000)),
                     complete ? "" : " to copy", by,
                     complete ? "" : "; recovery comes on top, which no drill has measured");
}

nlohmann::json estimate_in_json(const RestorePlan::Estimate& estimate) {
  return {
      {"copy_seconds", estimate.copy_seconds},
      {"copy_measured_by", estimate.by_restores ? "restores" : "drills"},
      {"recovery_seconds", estimate.recovery_seconds ? nlohmann::json(*estimate.recovery_seconds) : nlohmann::json()}};
}

}  // namespace

void write_console(const RestorePlan& plan, Writer& writer) {
  writer.line(fmt::format("Restore plan for server {}:", plan.server));
  row(writer, "Possible", verdict(plan));
  row(writer, "Backup", fmt::format("{} ({})", plan.backup_id, plan.chosen));
  row(writer, "Target", target_in_words(plan.target));
  if (plan.timeline != 0) row(writer, "Timeline", fmt::format("{}", plan.timeline));
  if (plan.stop) row(writer, "Recovery ends at", stop_in_words(*plan.stop));
  write_nearest(plan, writer);
  if (plan.destination)
    row(writer, "Destination", fmt::format("{}{}", *plan.destination, plan.remote ? " on the target host" : ""));
  row(writer, "To copy",
      fmt::format("{}{}", human_size(plan.copy_bytes),
                  plan.wal && plan.wal->copied_bytes > 0
                      ? fmt::format(", and {} of WAL", human_size(plan.wal->copied_bytes))
                      : ""));
  if (plan.free_bytes) row(writer, "Room there", human_size(*plan.free_bytes));
  if (plan.wal) write_wal(*plan.wal, writer);
  row(writer, "Estimated time", estimate_in_words(plan));
  if (!plan.settings.empty()) writer.line("  Recovery settings:");
  for (const auto& [key, value] : plan.settings) writer.line(fmt::format("    {} = '{}'", key, value));
  for (const std::string& warning : plan.warnings) writer.line("WARNING: " + warning);
  writer.line("Nothing has been written.");
}

void write_json(const RestorePlan& plan, nlohmann::json& root) {
  const auto or_null = [](const auto& value) { return value ? nlohmann::json(*value) : nlohmann::json(); };
  const auto time = [](const std::optional<Timestamp>& value) {
    return value ? nlohmann::json(to_iso_exact(*value)) : nlohmann::json();
  };
  nlohmann::json& object = root["restore_plan"];
  object = {{"server", plan.server},
            {"possible", or_null(plan.possible)},
            {"reason", or_null(plan.reason)},
            {"backup_id", plan.backup_id},
            {"chosen", plan.chosen},
            {"destination", or_null(plan.destination)},
            {"timeline", plan.timeline == 0 ? nlohmann::json() : nlohmann::json(plan.timeline)},
            {"target",
             {{"kind", plan.target.kind}, {"value", or_null(plan.target.value)}, {"inclusive", plan.target.inclusive}}},
            {"stop", nullptr},
            {"copy_bytes", plan.copy_bytes},
            {"wal", nullptr},
            {"free_bytes", or_null(plan.free_bytes)},
            {"estimated_seconds", plan.estimate ? nlohmann::json(plan.estimate->total_seconds()) : nlohmann::json()},
            {"estimate", plan.estimate ? estimate_in_json(*plan.estimate) : nlohmann::json()},
            {"settings", nlohmann::json::object()},
            {"nearest", {{"before_time", time(plan.nearest_before)}, {"after_time", time(plan.nearest_after)}}},
            {"warnings", plan.warnings}};
  if (plan.stop)
    object["stop"] = {{"kind", plan.stop->kind},
                      {"lsn", plan.stop->lsn},
                      {"xid", or_null(plan.stop->xid)},
                      {"time", time(plan.stop->time)},
                      {"last_transaction_time", time(plan.stop->last_time)},
                      {"last_transaction_lsn", or_null(plan.stop->last_lsn)}};
  if (plan.wal)
    object["wal"] = {{"segments", plan.wal->segments},
                     {"bytes", plan.wal->bytes},
                     {"present", plan.wal->segments - plan.wal->missing_count},
                     {"missing", plan.wal->missing},
                     {"missing_count", plan.wal->missing_count},
                     {"copied_bytes", plan.wal->copied_bytes}};
  for (const auto& [key, value] : plan.settings) object["settings"][key] = value;
}

}  // namespace barman::report
