#include "barman/drill/drill.h"

#include <fmt/core.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <random>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/periodic.h"
#include "barman/core/signals.h"
#include "barman/drill/schedule.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"
#include "choice.h"
#include "course.h"
#include "history.h"
#include "target_check.h"

namespace barman::drill {
namespace {

constexpr std::string_view logger = "barman.drill";

std::string directory_of(const config::ServerConfig& config) {
  return config.drill_directory ? *config.drill_directory : own_directory(config);
}

// Of this thread, those that it starts and their children. What the system refuses is not worth failing for.
void lower_priority() {
  constexpr int nicer = 10;
  constexpr int process = 1, best_effort = 2, lowest = 7, class_shift = 13;  // of ioprio_set(2)
  if (::setpriority(PRIO_PROCESS, 0, std::min(19, ::getpriority(PRIO_PROCESS, 0) + nicer)) != 0)
    log::debug(logger, "the priority stays as it is");
  if (::syscall(SYS_ioprio_set, process, 0, (best_effort << class_shift) | lowest) != 0)
    log::debug(logger, "the priority on disks stays as it is");
}

bool backup_runs(const fs::LockDirectory& locks) { return fs::lock_state(locks.backup()).held; }

Error gives_way(const config::ServerConfig& config) {
  return {Errc::lock_busy, fmt::format("A backup of server {} is running: no drill beside it", config.name),
          "drill again when it is done; cron does so where drill_schedule is set"};
}

// Ends the work of this process, as a signal does, when a backup begins.
class BackupWatch {
 public:
  explicit BackupWatch(const fs::LockDirectory& locks)
      : locks_(locks), periodic_(std::chrono::seconds(1), [this] { return look(); }) {}
  bool has_ended_it() const { return ended_; }

 private:
  bool look() {
    try {
      if (!backup_runs(locks_)) return true;
    } catch (const std::exception& error) {
      log::debug(logger, "{}", error.what());
      return true;
    }
    ended_ = true;
    ::kill(::getpid(), SIGTERM);
    return false;
  }
  const fs::LockDirectory& locks_;
  std::atomic<bool> ended_ = false;
  Periodic periodic_;  // last: it looks as soon as it is made
};

std::uint64_t draw(std::uint64_t bound) {
  std::random_device source;
  return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(source);
}

Choice choose(ServerContext& server, const Request& request) {
  catalog::BackupCatalog& backups = server.backups();
  const bool has_target = restore::count_exclusive_targets(request.target) > 0 || request.target.timeline;
  if (request.backup == "auto")
    return {&restore::choose_backup(backups, request.target, server.archive().highest_timeline()), request.target};
  if (request.backup || has_target || server.config().drill_target != "random")
    return {&backups.resolve(request.backup.value_or("latest")), request.target};
  const Choice choice = choose_at_random(backups.in_order(), server.archive().newest(), draw);
  return choice.backup != nullptr ? choice : Choice{&backups.resolve("latest"), {}};
}

void make(ServerContext& server, const Request& request, Progress& progress, report::Drill& drill) {
  const Choice choice = choose(server, request);
  drill.backup_id = choice.backup->backup_id;
  drill.target = reported_target(choice.target);
  server.notifier().info(fmt::format("Drill of server {}: restoring backup {}, target {}", drill.server,
                                     drill.backup_id, describe(drill.target)));
  Scratch scratch(directory_of(server.config()));
  ::setenv("TMPDIR", scratch.temporary().c_str(), 1);  // what is left there when this is killed is found
  const Subject subject = {*choice.backup, choice.target, request.statements};
  Course course(server, subject, scratch, progress, drill);
  course.run();
  if (!request.keep || !fs::is_directory(scratch.data())) return;
  course.give_settings_back();
  drill.kept = scratch.data();
  scratch.keep();
}

// What keeps a drill from being made is remembered as a drill that failed: nobody is to take silence for success.
void make_guarded(ServerContext& server, const Request& request, Progress& progress, report::Drill& drill) {
  try {
    make(server, request, progress, drill);
  } catch (const Error& error) {
    if (error.code() == Errc::lock_busy) throw;
    drill.checks.push_back({"restore", false, shortened(with_hint(error))});
  }
}

}  // namespace

report::Drill run(ServerContext& server, const Request& request, Progress& progress) {
  const config::ServerConfig& config = server.config();
  if (restore::count_exclusive_targets(request.target) > 1)
    throw Error(Errc::refused, "You cannot specify multiple targets for the recovery operation");
  if (request.target.time) restore::parse_target_time(*request.target.time);
  if (request.target.lsn) restore::parse_target_lsn(*request.target.lsn);
  auto lock = fs::LockFile::try_acquire(server.locks().drill());
  if (!lock) throw Error(Errc::lock_busy, fmt::format("Another drill of server {} is running", config.name));
  lock->remove_on_release();
  if (backup_runs(server.locks())) throw gives_way(config);
  remove_abandoned(directory_of(config));
  forget_libpq_environment();
  lower_priority();

  report::Drill drill;
  drill.server = config.name;
  drill.started = now();
  const auto begin = std::chrono::steady_clock::now();
  const BackupWatch watch(server.locks());
  try {
    make_guarded(server, request, progress, drill);
  } catch (const Interrupted&) {
    if (!watch.has_ended_it()) throw;
    signals::clear();
    throw gives_way(config);
  }
  drill.passed = failure_of(drill).empty();
  drill.seconds.total = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  drill.ended = now();
  try {
    remember(config, drill);
  } catch (const Error& error) {
    // Who sees this is told all the same; cron will drill again.
    drill.checks.push_back({"history", false, shortened(with_hint(error))});
    drill.passed = false;
  }
  return drill;
}

void clear_killed_drills(const config::ServerConfig& config, const fs::LockDirectory& locks) {
  remove_abandoned(directory_of(config));
  if (!fs::exists(locks.drill())) return;
  if (auto lock = fs::LockFile::try_acquire(locks.drill())) lock->remove_on_release();
}

std::optional<Timestamp> last_drill(const config::ServerConfig& config) {
  const std::vector<report::Drill> drills = load_history(config);
  return drills.empty() ? std::nullopt : std::optional(drills.back().started);
}

bool is_due(const config::ServerConfig& config, const std::optional<Timestamp>& last, const Timestamp& now) {
  const auto days = config::parse_drill_interval(config.drill_schedule.value_or(""));
  if (!days) return false;
  return is_due(Schedule{*days, config::parse_drill_window(config.drill_window.value_or(""))}, last, now);
}

report::DrillHistory read_history(const config::ServerConfig& config) {
  report::DrillHistory history{config.name, load_history(config)};
  std::ranges::reverse(history.drills);
  return history;
}

}  // namespace barman::drill
