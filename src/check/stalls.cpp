#include "stalls.h"

#include <fmt/core.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <functional>
#include <set>

#include "barman/archive/wal_archive.h"
#include "barman/archiver/archive_wal.h"
#include "barman/archiver/receive_wal.h"
#include "barman/core/count_of.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"
#include "checks.h"
#include "explain.h"

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
      fmt::format("PostgreSQL's archive_command fails: segment {}, {}, {}", state.failed_wal.value_or("unknown"),
                  count_of(state.failures, "failure"),
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

namespace {

using archive::Origin;

Micros age_of(const struct ::timespec& time) {
  return now() - Timestamp{std::int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1000, 0};
}

std::optional<Micros> age_of(const std::optional<Timestamp>& time) {
  if (!time) return std::nullopt;
  return now() - *time;
}

class Search {
 public:
  explicit Search(Target& target) : target_(target), config_(target.server.config()), try_(target.server.config()) {}

  StallSearch run() {
    look("free space", [this] { look_at_disks(); });
    if (!config_.active || config_.passive()) return std::move(search_);
    look("waiting WAL", [this] {
      if (config_.archiver) look_at_queue(Origin::file);
      if (config_.streaming_archiver) look_at_queue(Origin::streaming);
    });
    if (target_.postgres == nullptr) return std::move(search_);
    look("PostgreSQL", [this] {
      target_.postgres->connect();
      segment_size_ = target_.postgres->segment_size();
      look_at_slot();
      look_at_archive_command();
      look_at_progress();
    });
    look("the receiver", [this] { look_at_receiver(); });
    return std::move(search_);
  }

 private:
  // Whether a server can be reached is what the checks report.
  void look(const char* what, const std::function<void()>& at) {
    try {
      at();
    } catch (const Error& error) {
      search_.complete = false;
      log::debug("barman.server", "Cannot look at {} of server {}: {}", what, config_.name, error.what());
    }
  }

  void add(std::optional<Stall> stall) {
    if (stall) search_.found.push_back(std::move(*stall));
  }

  void look_at_disks() {
    std::set<dev_t> seen;
    for (const std::string& directory :
         {config_.backup_directory, config_.basebackups_directory, config_.wals_directory,
          config_.incoming_wals_directory, config_.streaming_wals_directory}) {
      if (config::is_store_url(directory)) continue;
      const auto info = fs::stat_if_exists(directory);
      if (!info || !seen.insert(info->st_dev).second) continue;
      struct ::statvfs room {};
      if (::statvfs(directory.c_str(), &room) != 0) throw_errno("examine the file system of", directory);
      add(judge_room({.directory = directory,
                      .free = std::uint64_t{room.f_bavail} * room.f_frsize,
                      .total = std::uint64_t{room.f_blocks} * room.f_frsize,
                      .free_files = room.f_favail,
                      .total_files = room.f_files},
                     segment_size_, try_.list_backups()));
    }
  }

  void look_at_queue(Origin origin) {
    const archive::WalQueue files = target_.server.archive().queue(origin);
    const archiver::ArchivePlan plan = archiver::plan_archive(origin, files.list(), 0);
    Queue queue{.directory = files.directory()};
    const auto count = [&](const std::string& name) {
      const auto info = fs::stat_if_exists(files.location(name));
      if (!info) return;
      ++queue.count;
      queue.oldest = std::max(queue.oldest, age_of(info->st_ctim));
    };
    for (const std::string& name : plan.archive) count(name);
    for (const archive::Waiting& item : plan.unfit) count(item.name);
    queue.unfit = plan.unfit.size();
    if (queue.unfit > 0) queue.example = fmt::format("{}: {}", plan.unfit.front().name, *plan.unfit.front().problem);
    add(judge_waiting(queue, try_.archive_wal()));
  }

  void look_at_slot() {
    postgres::Server& server = target_.wal_postgres != nullptr ? *target_.wal_postgres : *target_.postgres;
    if (!config_.slot_name) return;
    const auto slot = server.slot(*config_.slot_name);
    const auto restart = slot && slot->restart_lsn ? parse_lsn(*slot->restart_lsn) : std::nullopt;
    const auto allowed = bytes_of_setting(server.setting("max_wal_size").value_or(""));
    const Lsn current = server.current_position().lsn;
    if (!restart || !allowed || current < *restart) return;
    add(judge_slot_hold({.name = *config_.slot_name,
                         .wanted = config_.streaming_archiver,
                         .active = slot->active,
                         .held_back = current.value - restart->value,
                         .allowed = *allowed},
                        try_.receive_wal(), try_.drop_slot()));
  }

  void look_at_archive_command() {
    if (!config_.archiver) return;
    const auto stats = target_.postgres->archiver_stats();
    if (!stats) return;
    add(judge_archive_command({.failed_wal = stats->last_failed_wal,
                               .failures = stats->failed_count.value_or(0),
                               .last_failure = age_of(stats->last_failed_time),
                               .last_success = age_of(stats->last_archived_time)},
                              try_.test_archive_command()));
  }

  void look_at_progress() {
    const auto latest = target_.server.archive().newest();
    if (latest.empty()) return;  // the check of the archive reports it
    const std::string& name = latest.rbegin()->second;
    const auto info = target_.server.archive().examine(name);
    const Lsn current = target_.postgres->current_position().lsn;
    const Lsn end = start_of(next(*parse_segment(name), segment_size_), segment_size_);
    if (!info || current <= end) return;
    add(judge_progress(
        {.newest = name, .age = now() - info->arrived, .ahead = (current.value - end.value) / segment_size_},
        config_.streaming_archiver ? try_.receive_wal() : try_.test_archive_command()));
  }

  // Its lock proves nothing: cron may have started one a moment ago that is about to refuse.
  bool is_streaming() {
    if (!config_.slot_name) return false;
    postgres::Server& server = target_.wal_postgres != nullptr ? *target_.wal_postgres : *target_.postgres;
    const auto slot = server.slot(*config_.slot_name);
    return slot && slot->active;
  }

  void look_at_receiver() {
    postgres::Streaming* streaming = target_.wal_streaming != nullptr ? target_.wal_streaming : target_.streaming;
    if (!config_.streaming_archiver || streaming == nullptr) return;
    if (is_streaming()) return;
    const auto resume =
        archiver::resume_point(target_.server.archive().queue(Origin::streaming).names(), segment_size_);
    if (!resume) return;
    const std::uint32_t timeline = streaming->identify().timeline;
    const archiver::Course course = archiver::course_of(*streaming, resume, timeline);
    if (const auto problem = archiver::obstacle(course, *resume, timeline, config_.name))
      add(Stall{stalled_receiver, problem->text, problem->fix});
  }

  Target& target_;
  const config::ServerConfig& config_;
  const CommandsToTry try_;
  std::uint64_t segment_size_ = default_segment_size;
  StallSearch search_;
};

}  // namespace

StallSearch find_stalls(Target& target) { return Search(target).run(); }

}  // namespace barman::check
