#include "course.h"

#include <fmt/core.h>
#include <pwd.h>
#include <unistd.h>

#include "barman/catalog/backup_catalog.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/fs/host.h"
#include "barman/postgres/conninfo.h"
#include "barman/reach/known_wal.h"
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
      base_(reach::base_backup(server, subject.backup.backup_id)),
      scratch_(scratch),
      progress_(progress),
      drill_(drill) {}

CheckTools Course::tools() const { return {*programs_, server_.local(), server_.config().patience()}; }

// What the server loads at its start, out of the configuration that was restored; Debian keeps it outside PGDATA, where
// a streaming backup has it from. Where it is not in the backup or cannot be read here, nothing.
std::vector<std::string> Course::libraries() {
  const std::string outside =
      fmt::format("{}/{}{}", scratch_.data(), catalog::kept_configuration_directory, backup_.config_file.value_or(""));
  const std::string inside = scratch_.data() + "/postgresql.conf";
  const std::string& file = !fs::exists(inside) && fs::is_regular_file(outside) ? outside : inside;
  if (!fs::exists(file)) {
    drill_.notes.emplace_back("the backup has no postgresql.conf: shared_preload_libraries is taken for empty");
    return {};
  }
  const exec::Outcome outcome = ask(
      server_.local(), {programs_->path("postgres"), "-D", scratch_.data(), "-c", "data_directory=" + scratch_.data(),
                        "-c", "config_file=" + file, "-C", "shared_preload_libraries"});
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
  Seal seal = {.major = programs_->major(),
               .data = scratch_.data(),
               .sockets = scratch_.sockets(),
               .configuration = directory + "/postgresql.conf",
               .hba = directory + "/pg_hba.conf",
               .ident = directory + "/pg_ident.conf",
               .libraries = libraries(),
               .control = control_.value_or(ControlData()),
               .keeps_wal = !server_.config().keeps_wal_in_store()};
  // PostgreSQL reads it whatever is said.
  const std::string automatic = scratch_.data() + "/postgresql.auto.conf";
  if (fs::exists(automatic) && !fs::exists(automatic_settings())) fs::rename_file(automatic, automatic_settings());
  fs::replace_file(automatic, "");
  fs::replace_file(seal.configuration,
                   "# All settings of a drill but those of the recovery are on its command line.\n" +
                       fs::read_file_if_exists(recovery_settings()).value_or(""));
  fs::replace_file(seal.hba, "local all all trust\n");
  fs::replace_file(seal.ident, "");
  return seal;
}

void Course::give_settings_back() const {
  if (fs::exists(automatic_settings()))
    fs::rename_file(automatic_settings(), scratch_.data() + "/postgresql.auto.conf");
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
  foretell_what_came(log);
  const Sessions sessions(scratch_.sockets(), programs_->major(), roles_to_try(server_.config()));
  const auto connection = sessions.open(sessions.database());
  Seen seen;
  seen.has_target = restore::count_exclusive_targets(subject_.target) > 0;
  seen.stop = log.stop;
  seen.last_micros = last_replayed(*connection);
  if (const auto applied = log.last_applied(); wal_ && applied) seen.last = wal_->last_end(base_.begin, *applied);
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
