#include "course.h"

#include <fmt/core.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/backup_chain.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/exec/programs.h"
#include "barman/exec/shell.h"
#include "barman/fs/file.h"
#include "barman/fs/host.h"
#include "barman/fs/lock_file.h"
#include "barman/fs/tree.h"
#include "barman/postgres/conninfo.h"
#include "target_check.h"

namespace barman::drill {
namespace {

constexpr std::string_view logger = "barman.drill";
constexpr mode_t private_directory = 0700;
constexpr std::chrono::seconds look_limit{60};

double seconds_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

std::optional<double> seconds_until(std::chrono::steady_clock::time_point from,
                                    const std::optional<std::chrono::steady_clock::time_point>& to) {
  return to ? std::optional(seconds_between(from, *to)) : std::nullopt;
}

// A backup that is being copied must not be deleted meanwhile.
std::vector<fs::LockFile> hold(const restore::Chain& chain, const fs::LockDirectory& locks) {
  std::vector<fs::LockFile> held;
  for (const catalog::BackupInfo* member : chain) {
    auto lock = fs::LockFile::try_acquire(locks.backup_id(member->backup_id));
    if (!lock)
      throw Error(Errc::lock_busy, fmt::format("Another action is in progress for the backup {}", member->backup_id));
    held.push_back(std::move(*lock));
  }
  return held;
}

std::string user_of(const config::Text& conninfo) {
  try {
    const auto items = postgres::parse_conninfo(conninfo.value_or(""));
    const auto user = items.find("user");
    return user == items.end() ? std::string() : user->second;
  } catch (const Error& error) {
    return {};  // there are other names to try
  }
}

std::vector<std::string> roles_to_try(const config::ServerConfig& config) {
  std::vector<std::string> names = {"postgres", user_of(config.conninfo), user_of(config.streaming_conninfo)};
  if (const passwd* entry = ::getpwuid(::geteuid()); entry != nullptr) names.emplace_back(entry->pw_name);
  std::erase(names, std::string());
  return names;
}

exec::Outcome ask(exec::Runner& runner, std::vector<std::string> argv) {
  exec::Command command(std::move(argv), exec::Limits::within(look_limit));
  command.environment = {{"LC_ALL", "C"}};
  command.log_output = false;
  command.logger = logger;
  return runner.run(command);
}

// The 64 bits of a transaction of whose number 32 are in the WAL, from those of the next one.
std::uint64_t full_xid(std::uint32_t xid, std::uint64_t next) {
  const std::uint64_t epoch = next >> 32U;
  return ((xid < static_cast<std::uint32_t>(next) ? epoch : epoch - 1) << 32U) | xid;
}

std::string status_of(postgres::Connection& connection, std::uint32_t xid) {
  const auto next = parse_decimal(
      single_value(connection, "select pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot())"));
  const std::uint64_t full = full_xid(xid, static_cast<std::uint64_t>(next.value_or(0)));
  return single_value(connection, fmt::format("select pg_catalog.txid_status({})", full));
}

std::optional<std::int64_t> last_replayed(postgres::Connection& connection) {
  return parse_decimal(single_value(
      connection,
      "select (extract(epoch from pg_catalog.pg_last_xact_replay_timestamp()) * 1000000)::pg_catalog.int8"));
}

// The archive's own manifest, where a restore has not brought one.
std::string manifest_of(const std::string& data, const catalog::BackupInfo& backup,
                        const catalog::BackupCatalog& backups) {
  const std::string restored = fmt::format("{}/backup_manifest.{}", data, backup.backup_id);
  if (fs::exists(restored)) return restored;
  if (backups.elsewhere() || backup.parent_backup_id) return {};
  const std::string kept = backups.data_directory(backup.backup_id) + "/backup_manifest";
  return fs::exists(kept) ? kept : std::string();
}

}  // namespace

Course::Course(ServerContext& server, const Subject& subject, Scratch& scratch, Progress& progress,
               report::Drill& drill)
    : server_(server),
      subject_(subject),
      backup_(subject.backup),
      scratch_(scratch),
      progress_(progress),
      drill_(drill) {}

CheckTools Course::tools() const { return {*programs_, server_.local(), server_.config().patience()}; }

bool Course::is_pitr() const {
  return restore::count_exclusive_targets(subject_.target) > 0 || subject_.target.timeline.has_value();
}

// As restore and PostgreSQL choose it: without a target, recovery stays on the timeline of the backup.
std::uint32_t Course::timeline() const {
  const auto own = static_cast<std::uint32_t>(backup_.timeline.value_or(1));
  const std::string word = subject_.target.timeline.value_or("");
  if (const auto number = parse_decimal(word)) return static_cast<std::uint32_t>(*number);
  const bool to_latest = word == "latest" || (word.empty() && is_pitr() && programs_->major() >= 12);
  return to_latest ? server_.archive().highest_timeline().value_or(own) : own;
}

restore::RestoreRequest Course::request() const {
  const config::ServerConfig& config = server_.config();
  restore::RestoreRequest request;
  request.backup_argument = backup_.backup_id;
  request.destination = scratch_.data();
  request.target = subject_.target;
  if (is_pitr()) request.target.action = restore::TargetAction::promote;
  std::size_t number = 0;
  for (const catalog::Tablespace& tablespace : backup_.tablespaces.value_or(std::vector<catalog::Tablespace>()))
    request.relocations[tablespace.name] = scratch_.tablespace(number++);
  request.staging_path = request.wal_staging_path = scratch_.staging();
  // A link would let PostgreSQL change the files of the catalogue.
  request.combine_mode = restore::CombineMode::copy;
  request.bandwidth_limit = config.drill_bandwidth_limit.value_or(0);
  request.jobs = config.parallel_jobs;
  request.jobs_start_batch_size = config.parallel_jobs_start_batch_size;
  request.jobs_start_batch_period = config.parallel_jobs_start_batch_period;
  request.retry.times = static_cast<int>(config.basebackup_retry_times);
  request.retry.sleep_seconds = static_cast<int>(config.basebackup_retry_sleep);
  if (config.keeps_wal_in_store()) {
    const auto word = [](const std::string& text) { return replace_all(exec::shell_quote(text), "%", "%%"); };
    request.get_wal = true;
    request.restore_command = fmt::format("{} -c {} -q cloud-wal-restore -- {} %f %p", word(exec::own_executable()),
                                          word(server_.global().file), word(config.name));
  }
  return request;
}

// Every segment that may be asked for counts: a target time says nothing about where it lies.
void Course::require_room() const {
  std::int64_t needed = backup_.cluster_size.value_or(backup_.size.value_or(0));
  if (!server_.config().keeps_wal_in_store())
    server_.archive().index().for_each([&](const catalog::WalEntryView& entry) {
      const bool wanted = is_wal_segment(entry.name) && entry.name >= backup_.begin_wal.value_or("") &&
                          (!subject_.target.immediate || entry.name <= backup_.end_wal.value_or(""));
      if (wanted) needed += backup_.xlog_segment_size;
      return true;
    });
  struct ::statvfs room {};
  if (::statvfs(scratch_.path().c_str(), &room) != 0) throw_errno("examine the file system of", scratch_.path());
  const auto free = static_cast<std::int64_t>(std::uint64_t{room.f_bavail} * room.f_frsize);
  if (free >= needed) return;
  throw Error(Errc::refused,
              fmt::format("'{}' has room for {}, and the restored cluster needs {}",
                          fs::parent_directory(scratch_.path()), human_size(free), human_size(needed)),
              "make room, or set drill_directory to another place");
}

bool Course::restore() {
  const auto begin = Clock::now();
  try {
    const config::ServerConfig& config = server_.config();
    programs_ =
        choose_programs(exec::list_pg_tools(server_.local(), "postgres", config.patience()), backup_.major_version());
    require_room();
    const catalog::BackupChain whole = catalog::chain_of(server_.backups(), backup_);
    const auto held = hold(whole.members, server_.locks());
    const restore::RestoreRequest asked = request();
    restore::check_restorable(asked, backup_, config);
    restore::require_whole(whole, server_.backups());
    restore::check_staging(asked, whole.members, config);
    restore::check_placement(asked, whole.members);
    restore::check_destination(asked, backup_, server_.local_host(), server_.notifier());
    const restore::RestoreRun run = {server_, server_.local_host(), progress_};
    const restore::Preparation preparation = restore::prepare(asked, whole.members, run);
    restore::restore(asked, whole.members, preparation, run);
    if (::chmod(scratch_.data().c_str(), private_directory) != 0) throw_errno("change the mode of", scratch_.data());
  } catch (const Error& error) {
    if (error.code() == Errc::lock_busy) throw;
    add({"restore", false, shortened(with_hint(error))});
    return false;
  }
  drill_.seconds.copy = seconds_between(begin, Clock::now());
  drill_.bytes_copied = fs::measure_tree(scratch_.path()).all;
  add({"restore", true, "everything that recovery needs is there"});
  return true;
}

// Before PostgreSQL 12 the settings of the restore cannot be overridden, which remove it when recovery ends: there it
// has a second name.
std::string Course::wal_directory() const {
  if (!is_pitr()) return fmt::format("{}/{}", scratch_.data(), backup_.wal_directory_name());
  const std::string brought = scratch_.data() + "/barman_wal";
  if (programs_->major() >= 12) return brought;
  const std::string kept = scratch_.path() + "/wal";
  fs::make_directories(kept, private_directory);
  for (const std::string& name : fs::list_directory(brought)) {
    const std::string from = fmt::format("{}/{}", brought, name), to = fmt::format("{}/{}", kept, name);
    if (fs::is_regular_file(from) && ::link(from.c_str(), to.c_str()) != 0) throw_errno("create", to);
  }
  return kept;
}

void Course::read_wal() {
  if (server_.config().keeps_wal_in_store()) {
    add({"wal", std::nullopt, "it comes from the object store while PostgreSQL recovers"});
    return;
  }
  const recovery::BaseBackup base = base_backup(backup_);
  wal_.emplace(wal_directory(), timeline());
  foretold_ = wal_->judge(base, recovery_target(subject_.target));
  if (!foretold_->stop) return add({"wal", false, foretold_->reason});
  const auto broken = restore::count_exclusive_targets(subject_.target) == 0 ? wal_->break_behind(base) : std::nullopt;
  if (broken) return add({"wal", false, *broken});
  add({"wal", true, fmt::format("{} segments, every record up to the target is whole", wal_->segments())});
}

// What the server loads at its start, out of the configuration that was restored. Where that is not in the backup
// (Debian keeps it elsewhere) or cannot be read here, nothing.
std::vector<std::string> Course::libraries() {
  if (!fs::exists(scratch_.data() + "/postgresql.conf")) {
    drill_.notes.emplace_back("the backup has no postgresql.conf: shared_preload_libraries is taken for empty");
    return {};
  }
  const exec::Outcome outcome =
      ask(server_.local(), {programs_->path("postgres"), "-D", scratch_.data(), "-c",
                            "data_directory=" + scratch_.data(), "-C", "shared_preload_libraries"});
  if (outcome.ok()) return parse_library_list(trim(outcome.out));
  drill_.notes.push_back(
      fmt::format("the configuration that was restored cannot be read here, shared_preload_libraries "
                  "is taken for empty: {}",
                  shortened(outcome.err)));
  return {};
}

Seal Course::make_seal() {
  const exec::Outcome outcome = ask(server_.local(), {programs_->path("pg_controldata"), "-D", scratch_.data()});
  if (outcome.ok()) control_ = parse_control_data(outcome.out);
  const std::string directory = scratch_.settings();
  fs::make_directories(directory, private_directory);
  const Seal seal = {.major = programs_->major(),
                     .data = scratch_.data(),
                     .sockets = scratch_.sockets(),
                     .configuration = directory + "/postgresql.conf",
                     .hba = directory + "/pg_hba.conf",
                     .ident = directory + "/pg_ident.conf",
                     .libraries = libraries(),
                     .control = control_.value_or(ControlData())};
  fs::replace_file(seal.configuration, "# All settings of a drill are on its command line.\n");
  fs::replace_file(seal.hba, "local all all trust\n");
  fs::replace_file(seal.ident, "");
  return seal;
}

bool Course::start() {
  Seal seal = make_seal();
  for (;;) {
    instance_.emplace(*programs_, seal, server_.config().patience());
    const bool ready = [&] {
      const Waiting waiting(progress_, "PostgreSQL replays the WAL");
      return instance_->wait_until_ready();
    }();
    const ServerLog log = instance_->log();
    look_at_start(log);
    if (ready) break;
    const auto missing = log.missing_library(seal.libraries);
    if (!missing) {
      const std::string why = log.failure().empty() ? log.last_lines() : log.failure();
      add({"start", false, shortened(why)});
      return false;
    }
    drill_.notes.push_back(fmt::format("'{}' of shared_preload_libraries is not on this host: left out", *missing));
    std::erase(seal.libraries, *missing);
    instance_.reset();
  }
  add({"start", true, fmt::format("PostgreSQL {} takes connections", programs_->major())});
  return true;
}

void Course::look_at_start(const ServerLog& log) {
  const auto begin = instance_->started();
  report::Drill::Seconds& seconds = drill_.seconds;
  const double copy = seconds.copy.value_or(0);
  const auto with_copy = [&](const std::optional<Clock::time_point>& moment) {
    const auto passed = seconds_until(begin, moment);
    return passed ? std::optional(copy + *passed) : std::nullopt;
  };
  seconds.start = seconds_until(begin, log.redo_started);
  if (log.redo_started) seconds.replay = seconds_until(*log.redo_started, log.redo_done);
  seconds.to_consistency = with_copy(log.consistent);
  seconds.to_target = with_copy(log.ready);
  if (!log.redo_start || !log.redo_end || *log.redo_end < *log.redo_start) return;
  const auto size = static_cast<std::uint64_t>(backup_.xlog_segment_size);
  drill_.wal_bytes = static_cast<std::int64_t>(log.redo_end->value - log.redo_start->value);
  drill_.wal_segments = static_cast<std::int64_t>(log.redo_end->value / size - log.redo_start->value / size + 1);
}

void Course::look_at_target() {
  const ServerLog log = instance_->log();
  const Sessions sessions(scratch_.sockets(), programs_->major(), roles_to_try(server_.config()));
  const auto connection = sessions.open(sessions.database());
  Seen seen;
  seen.has_target = restore::count_exclusive_targets(subject_.target) > 0;
  seen.stop = log.stop;
  seen.last_micros = last_replayed(*connection);
  if (const auto applied = log.last_applied(); wal_ && applied)
    seen.last = wal_->last_end(base_backup(backup_).begin, *applied);
  if (seen.last && seen.last->xid != 0) seen.status = status_of(*connection, seen.last->xid);
  if (seen.last)
    drill_.reached = report::Drill::Point{seen.last->lsn, seen.last->xid, local_timestamp(seen.last->micros)};
  else if (const auto applied = log.last_applied())
    drill_.reached = report::Drill::Point{*applied, std::nullopt, std::nullopt};
  if (!seen.last && drill_.reached && seen.last_micros) drill_.reached->time = local_timestamp(*seen.last_micros);
  add(judge_target(foretold_, seen));
}

void Course::look_into() {
  const Sessions sessions(scratch_.sockets(), programs_->major(), roles_to_try(server_.config()));
  const Waiting waiting(progress_, "reading every table");
  add(check_content(tools(), sessions, scratch_.sockets()));
  if (!subject_.statements.empty()) add(check_statements(sessions, subject_.statements));
}

void Course::finish() {
  const bool clean = instance_->stop();
  if (!clean) {
    const ServerLog log = instance_->log();
    add({"stop", false, shortened(log.failure().empty() ? log.last_lines() : log.failure())});
  }
  instance_.reset();
  const Waiting waiting(progress_, "verifying page checksums");
  if (clean) add(check_page_checksums(tools(), scratch_.data(), control_ && control_->checksums));
}

void Course::run() {
  if (!restore()) return;
  const auto begin = Clock::now();
  const auto guarded = [&](const char* name, auto&& step) {
    try {
      step();
    } catch (const Error& error) {
      add({name, false, shortened(with_hint(error))});
    }
  };
  guarded("manifest", [&] {
    const Waiting waiting(progress_, "comparing with the manifest");
    const Manifest manifest = {manifest_of(scratch_.data(), backup_, server_.backups()),
                               backup_.type() != catalog::BackupType::rsync};
    add(check_manifest(tools(), scratch_.data(), manifest));
  });
  guarded("wal", [&] { read_wal(); });
  const auto start_begin = Clock::now();
  bool started = false;
  guarded("start", [&] { started = start(); });
  const auto start_end = Clock::now();
  if (started) {
    guarded("target", [&] { look_at_target(); });
    guarded("content", [&] { look_into(); });
    guarded("stop", [&] { finish(); });
  }
  drill_.seconds.checks = seconds_between(begin, start_begin) + seconds_between(start_end, Clock::now());
}

}  // namespace barman::drill
