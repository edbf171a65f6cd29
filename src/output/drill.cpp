#include "barman/output/drill.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "barman/core/numbers.h"

namespace barman::report {
namespace {

std::string seconds_text(const std::optional<double>& seconds) {
  return seconds ? fmt::format("{:.1f} s", *seconds) : std::string("not reached");
}

std::string reached_text(const Drill& drill) {
  if (!drill.reached) return "nothing";
  std::string text = to_string(drill.reached->lsn);
  if (drill.reached->xid) text += fmt::format(", transaction {}", *drill.reached->xid);
  if (drill.reached->time) text += ", " + to_python(*drill.reached->time);
  return text;
}

std::string replay_text(const Drill& drill) {
  if (!drill.wal_bytes) return "nothing";
  std::string text = fmt::format("{}, {} segments, in {}", human_size(*drill.wal_bytes), drill.wal_segments.value_or(0),
                                 seconds_text(drill.seconds.replay));
  if (const auto rate = replay_rate(drill)) text += fmt::format(" ({}/s)", human_size(*rate));
  return text;
}

std::string verdict(const Drill& drill, const output::Writer& writer) {
  return drill.passed ? writer.good("PASSED") : writer.bad("FAILED");
}

std::string check_text(const Drill::Check& check, const output::Writer& writer) {
  const std::string word = !check.passed ? "skipped" : *check.passed ? writer.good("OK") : writer.bad("FAILED");
  return fmt::format("{}: {} ({})", check.name, word, check.detail);
}

}  // namespace

void write_console(const Drill& drill, output::Writer& writer) {
  const auto row = [&](std::string_view name, const std::string& value) {
    writer.line(fmt::format("\t{:<22}: {}", name, value));
  };
  writer.line(
      fmt::format("Drill of server {} with backup {}: {}", drill.server, drill.backup_id, verdict(drill, writer)));
  row("Target", describe(drill.target));
  row("Reached", reached_text(drill));
  row("Copied", fmt::format("{} in {}", human_size(drill.bytes_copied), seconds_text(drill.seconds.copy)));
  row("WAL replayed", replay_text(drill));
  row("Consistent after", seconds_text(drill.seconds.to_consistency));
  row("Usable after", seconds_text(drill.seconds.to_target));
  row("Checks", seconds_text(drill.seconds.checks));
  row("In all", seconds_text(drill.seconds.total));
  for (const Drill::Check& check : drill.checks) writer.line("\t" + check_text(check, writer));
  for (const std::string& note : drill.notes) writer.line("\tNote: " + note);
  if (drill.kept) writer.line(fmt::format("\tThe cluster stays in {}", *drill.kept));
}

void write_json(const Drill& drill, nlohmann::json& root) {
  root["drill"] = nlohmann::json::parse(to_json_text(drill));
}

void write_console(const DrillHistory& history, output::Writer& writer) {
  for (const Drill& drill : history.drills) {
    const std::string failure = failure_of(drill);
    writer.line(fmt::format("{} {} - {} - {} - target: {} - usable after: {}{}", drill.server, drill.backup_id,
                            to_ctime(drill.started), verdict(drill, writer), describe(drill.target),
                            seconds_text(drill.seconds.to_target), failure.empty() ? "" : " - " + failure));
  }
}

void write_json(const DrillHistory& history, nlohmann::json& root) {
  nlohmann::json& list = root[history.server] = nlohmann::json::array();
  for (const Drill& drill : history.drills) list.push_back(nlohmann::json::parse(to_json_text(drill)));
}

}  // namespace barman::report
