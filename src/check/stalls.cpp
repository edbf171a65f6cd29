#include "stalls.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "checks.h"

namespace barman::check {

namespace {

using report::Stall;

std::string size(std::uint64_t bytes) { return human_size(static_cast<std::int64_t>(bytes)); }

// Named after the check of the same thing.
Stall stall_of(CheckId check, std::string text, const std::string& command) {
  return {name_of(check), std::move(text), command, check};
}

std::string interval(Micros age) { return human_interval(std::chrono::floor<std::chrono::seconds>(age)); }

}  // namespace

std::optional<Stall> judge_slot_hold(const SlotHold& slot, const std::string& receive, const std::string& drop) {
  constexpr std::uint64_t behind = 4;  // an active reader may lag four times as far as an inactive slot
  const std::uint64_t limit = slot.active ? behind * slot.allowed : slot.allowed;
  if (slot.held_back <= limit) return std::nullopt;
  const std::string held = fmt::format("holds back {} of WAL on the PostgreSQL server", size(slot.held_back));
  if (slot.active)
    return stall_of(CheckId::replication_slot,
                    fmt::format("slot '{}' {}: its reader does not keep up", slot.name, held), receive);
  if (slot.wanted)
    return stall_of(CheckId::replication_slot, fmt::format("slot '{}' {}: nobody reads it", slot.name, held), receive);
  return stall_of(CheckId::replication_slot,
                  fmt::format("slot '{}' {}, and the configuration does not use it", slot.name, held), drop);
}

std::optional<Stall> judge_waiting(const Queue& queue, const std::string& archive) {
  if (queue.count == 0 || queue.oldest < longest_wait) return std::nullopt;
  const std::string why =
      queue.unfit == 0
          ? "archive-wal does not take them"
          : fmt::format(
                "{} of them cannot be archived as {} ({}). Bring the whole file, or take a new backup, which "
                "does without it",
                queue.unfit, queue.unfit == 1 ? "it is" : "they are", queue.example);
  return Stall{fmt::format("WAL in {}", base_name(queue.directory)),
               fmt::format("{} WAL file{} in '{}', the oldest for {}: {}", queue.count,
                           queue.count == 1 ? " waits" : "s wait", queue.directory, interval(queue.oldest), why),
               archive};
}

std::optional<Stall> judge_archive_command(const ArchiveCommand& state, const std::string& test) {
  constexpr Micros patience = std::chrono::minutes(5);  // PostgreSQL tries again every minute
  if (!state.last_failure || state.failures == 0) return std::nullopt;
  if (state.last_success && (*state.last_success <= *state.last_failure || *state.last_success < patience))
    return std::nullopt;
  return stall_of(
      CheckId::archive_command,
      fmt::format("PostgreSQL's archive_command fails: segment {}, {} failure{}, {}",
                  state.failed_wal.value_or("unknown"), state.failures, state.failures == 1 ? "" : "s",
                  state.last_success ? "last success " + interval(*state.last_success) + " ago" : "no success yet"),
      test);
}

std::optional<Stall> judge_progress(const Progress& progress, const std::string& explain) {
  constexpr std::uint64_t on_the_way = 2;
  if (progress.ahead <= on_the_way || progress.age < longest_wait) return std::nullopt;
  return stall_of(CheckId::wal_archive,
                  fmt::format("nothing has been archived for {}: PostgreSQL has completed {} segments after {}",
                              interval(progress.age), progress.ahead, progress.newest),
                  explain);
}

std::optional<Stall> judge_room(const Room& room, std::uint64_t segment_size, const std::string& list) {
  constexpr std::uint64_t segments = 64, share = 50, files = 1000;
  const std::uint64_t wanted = std::max(segments * segment_size, room.total / share);
  if (room.free < wanted)
    return Stall{"disk of " + room.directory,
                 fmt::format("{} of {} are free in '{}'", size(room.free), size(room.total), room.directory), list};
  if (room.total_files > 0 && room.free_files < files)
    return Stall{"disk of " + room.directory,
                 fmt::format("only {} more files can be made in '{}'", room.free_files, room.directory), list};
  return std::nullopt;
}

std::optional<std::uint64_t> bytes_of_setting(std::string_view shown) {
  const std::size_t digits = std::min(shown.find_first_not_of("0123456789"), shown.size());
  const auto number = parse_decimal(shown.substr(0, digits));
  if (!number) return std::nullopt;
  constexpr std::string_view units[] = {"B", "kB", "MB", "GB", "TB"};
  std::uint64_t bytes = static_cast<std::uint64_t>(*number);
  for (const std::string_view unit : units) {
    if (shown.substr(digits) == unit) return bytes;
    bytes *= 1024;
  }
  return std::nullopt;
}

}  // namespace barman::check
