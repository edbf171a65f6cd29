#include "barman/postgres/server.h"

#include <fmt/core.h>

#include <atomic>
#include <set>

#include "archive_wait.h"
#include "barman/core/base64.h"
#include "barman/core/log.h"
#include "barman/core/on_exit.h"
#include "barman/core/text.h"
#include "barman/postgres/conninfo.h"
#include "barman/wal/segment.h"
#include "queries.h"
#include "values.h"

namespace barman::postgres {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto trusted_without_probe = std::chrono::seconds(1);
constexpr int idle_session_timeout_version = 140000;
constexpr int first_without_exclusive_backup = 150000;
constexpr int first_that_need_not_wait = 100000;

std::uint32_t to_u32(std::int64_t value) { return static_cast<std::uint32_t>(value); }

Error lost_during_backup() {
  return Error(Errc::postgres, "Connection to the Postgres server was lost during the backup.");
}

using Why = SlotError::Why;

std::string quote_identifier(std::string_view name) { return "\"" + replace_all(name, "\"", "\"\"") + "\""; }

}  // namespace

struct Server::State {
  State(std::string text, std::chrono::seconds limit, Connect how)
      : conninfo(std::move(text)), patience(limit), connect(std::move(how)) {}

  Connection& connected();
  Result ask(std::string_view sql, const std::vector<std::string>& parameters = {});
  Cell ask_one(std::string_view sql, std::string_view what, const std::vector<std::string>& parameters = {});
  bool ask_bool(std::string_view sql, std::string_view what) { return bool_of(ask_one(sql, what), what); }

  std::string conninfo;
  std::unique_ptr<Connection> connection;
  Deadline deadline;
  std::chrono::seconds patience;
  Connect connect;
  Clock::time_point last_answer;
  std::atomic<bool> in_backup = false;
  Lsn backup_begin{};  // of the backup that is, or was last, in progress
  std::optional<std::uint64_t> segment_size;
};

// The open connection, a new one if there is none or the old one has died. During a backup the session is the backup:
// a new one would not know of it.
Connection& Server::State::connected() {
  if (connection) {
    const bool rested = Clock::now() - last_answer > trusted_without_probe;
    if (!connection->looks_closed() && (!rested || connection->alive())) return *connection;
    if (in_backup) throw lost_during_backup();
    log::debug("barman.postgres", "connection lost, connecting again");
  } else if (in_backup) {
    throw lost_during_backup();
  }
  connection.reset();
  connection = connect(conninfo, deadline, patience);
  last_answer = Clock::now();
  return *connection;
}

// A connection that died under the question is replaced once: every statement may be said twice. Not during a backup.
Result Server::State::ask(std::string_view sql, const std::vector<std::string>& parameters) {
  for (bool first = true;; first = false) {
    Connection& open = connected();
    try {
      Result result = open.query(sql, parameters);
      last_answer = Clock::now();
      return result;
    } catch (const Error& error) {
      if (error.code() != Errc::postgres || !open.looks_closed()) throw;
      log::warning("barman.postgres", "{}", error.what());
      if (in_backup) throw lost_during_backup();
      if (!first) throw;
    }
  }
}

Cell Server::State::ask_one(std::string_view sql, std::string_view what, const std::vector<std::string>& parameters) {
  return single_row(ask(sql, parameters), what).front();
}

Server::Server(std::string conninfo, std::chrono::seconds patience, Connect connect)
    : state_(std::make_unique<State>(std::move(conninfo), patience, std::move(connect))) {}
Server::~Server() = default;
Server::Server(Server&&) noexcept = default;

void Server::connect() { state_->connected(); }

void Server::close() {
  state_->in_backup = false;
  state_->connection.reset();
}

void Server::set_deadline(Deadline deadline) {
  state_->deadline = deadline;
  if (state_->connection) state_->connection->set_deadline(deadline);
}

const std::string& Server::conninfo() const { return state_->conninfo; }
int Server::version() { return state_->connected().server_version(); }

std::string Server::version_text() {
  return version_word(text_of(state_->ask_one(queries::version_text(), "version()"), "version()"));
}

bool Server::is_in_recovery() { return state_->ask_bool(queries::in_recovery(), "pg_is_in_recovery()"); }
bool Server::is_superuser() { return state_->ask_bool(queries::superuser(), "usesuper"); }
bool Server::has_backup_privileges() {
  return state_->ask_bool(queries::backup_privileges(version()), "the privileges for a backup");
}
bool Server::has_monitoring_privileges() {
  return state_->ask_bool(queries::monitoring_privileges(version()), "the privileges for monitoring");
}
bool Server::has_checkpoint_privileges() {
  return state_->ask_bool(queries::checkpoint_privileges(version()), "the privilege for a checkpoint");
}

std::optional<std::string> Server::setting(std::string_view name) {
  try {
    return state_->ask_one(queries::setting(), name, {std::string(name)});
  } catch (const QueryError& error) {
    if (error.sqlstate() == sqlstate::insufficient_privilege) return std::nullopt;
    throw;
  }
}

std::uint64_t Server::segment_size() {
  if (!state_->segment_size) {
    const Cell cell = state_->ask_one(queries::segment_size(), "wal_segment_size");
    state_->segment_size = static_cast<std::uint64_t>(integer_of(cell, "wal_segment_size"));
  }
  return *state_->segment_size;
}

std::chrono::seconds Server::checkpoint_timeout() {
  return std::chrono::seconds(
      integer_of(state_->ask_one(queries::checkpoint_timeout(), "checkpoint_timeout"), "checkpoint_timeout"));
}

std::optional<std::int64_t> Server::cluster_size() {
  if (!has_backup_privileges()) return std::nullopt;
  return maybe_integer(state_->ask_one(queries::cluster_size(), "the size of the cluster"), "the size of the cluster");
}

std::vector<TablespaceFact> Server::tablespaces() {
  std::vector<TablespaceFact> out;
  for (const auto& row : state_->ask(queries::tablespaces()).rows) {
    out.push_back({text_of(row[0], "spcname"), integer_of(row[1], "oid"), text_of(row[2], "tablespace location")});
  }
  return out;
}

ConfigurationFiles Server::configuration_files() {
  ConfigurationFiles files;
  for (const auto& row : state_->ask(queries::configuration_files()).rows) {
    if (!row[1] || row[1]->empty()) continue;
    if (row[0] == "config_file") files.config_file = row[1];
    if (row[0] == "hba_file") files.hba_file = row[1];
    if (row[0] == "ident_file") files.ident_file = row[1];
  }
  for (const auto& row : state_->ask(queries::included_files()).rows) {
    if (row[0]) files.included.push_back(*row[0]);
  }
  return files;
}

std::vector<std::string> Server::all_configuration_files(std::vector<std::string>& unknown) {
  const ConfigurationFiles named = configuration_files();
  std::set<std::string> files(named.included.begin(), named.included.end());
  for (const auto& file : {named.config_file, named.hba_file, named.ident_file})
    if (file) files.insert(*file);
  for (const std::string& query : {std::string(queries::settings_files()), queries::authentication_files(version())}) {
    if (query.empty()) continue;
    try {
      for (const auto& row : state_->ask(query).rows)
        if (row[0]) files.insert(*row[0]);
    } catch (const QueryError& error) {
      unknown.emplace_back(error.what());
    }
  }
  return {files.begin(), files.end()};
}

std::string Server::read_file(const std::string& path, std::size_t most) {
  const Cell text = state_->ask_one(queries::file_content(), "the content of a file", {path, std::to_string(most + 1)});
  const auto bytes = text ? base64_decode(*text) : std::nullopt;
  if (!bytes) throw Error(Errc::postgres, fmt::format("PostgreSQL did not send '{}'", path));
  if (bytes->size() > most) throw Error(Errc::postgres, fmt::format("'{}' has more than {} bytes", path, most));
  return *bytes;
}

std::string Server::system_identifier() {
  return text_of(state_->ask_one(queries::system_identifier(), "system_identifier"), "system_identifier");
}

std::uint32_t Server::timeline() {
  return to_u32(integer_of(state_->ask_one(queries::timeline(), "timeline"), "timeline"));
}

WalPosition Server::current_position() {
  const int number = version();
  WalPosition position;
  if (is_in_recovery()) {
    const auto row = single_row(state_->ask(queries::standby_position(number)), "the replay position");
    position.lsn = lsn_of(row[0], "the replay position");
    position.time = timestamp_of(row[1], "current_timestamp");
    return position;
  }
  const auto row = single_row(state_->ask(queries::primary_position(number)), "the current position");
  position.lsn = lsn_of(row[0], "the current position");
  position.offset = to_u32(integer_of(row[2], "file_offset"));
  const std::string& file = text_of(row[1], "file_name");
  position.file =
      number >= 170000 && *position.offset == 0 ? file_before_boundary(file, 0, number, segment_size()) : file;
  position.time = timestamp_of(row[3], "current_timestamp");
  return position;
}

std::optional<ArchiverStats> Server::archiver_stats() {
  const Result result = state_->ask(queries::archiver_stats());
  if (result.rows.empty()) return std::nullopt;
  const auto& row = result.rows.front();
  ArchiverStats stats;
  stats.archived_count = maybe_integer(row[0], "archived_count");
  stats.last_archived_wal = row[1];
  stats.last_archived_time = maybe_timestamp(row[2], "last_archived_time");
  stats.failed_count = maybe_integer(row[3], "failed_count");
  stats.last_failed_wal = row[4];
  stats.last_failed_time = maybe_timestamp(row[5], "last_failed_time");
  stats.stats_reset = maybe_timestamp(row[6], "stats_reset");
  stats.current_archived_wals_per_second = row[8];
  stats.is_archiving = is_archiving({text_of(row[7], "archive_mode"), stats.last_archived_wal, stats.last_failed_wal,
                                     stats.last_archived_time, stats.last_failed_time});
  return stats;
}

std::string Server::user() { return text_of(state_->ask_one("SELECT current_user", "current_user"), "current_user"); }

std::optional<bool> Server::may_replicate(std::string_view role) {
  const Result result = state_->ask(queries::role(), {std::string(role)});
  if (result.rows.empty()) return std::nullopt;
  return bool_of(single_row(result, "rolreplication").front(), "rolreplication");
}

ReplicationUse Server::replication_use() {
  const auto row = single_row(state_->ask(queries::replication_use(), {}), "the use of replication");
  return {integer_of(row.at(0), "WAL senders"), integer_of(row.at(1), "slots")};
}

std::optional<Slot> Server::slot(std::string_view name) {
  const Result result = state_->ask(queries::slot(), {std::string(name)});
  if (result.rows.empty()) return std::nullopt;
  const auto& row = result.rows.front();
  return Slot{text_of(row[0], "slot_name"), bool_of(row[1], "active"), row[2]};
}

std::vector<std::string> Server::synchronous_standby_names() {
  return parse_synchronous_standby_names(setting("synchronous_standby_names").value_or(""));
}

std::vector<StreamingClient> Server::streaming_clients(StreamingClientKind kind) {
  std::vector<StreamingClient> clients;
  for (const auto& row : state_->ask(queries::streaming_clients(version())).rows) {
    StreamingClient client;
    client.pid = integer_of(row[0], "pid");
    client.user_name = row[1].value_or("");
    client.application_name = row[2].value_or("");
    client.client_addr = row[3];
    client.client_hostname = row[4];
    client.client_port = maybe_integer(row[5], "client_port");
    client.backend_start = maybe_timestamp(row[6], "backend_start");
    client.backend_xmin = row[7];
    client.state = row[8].value_or("");
    client.sent_lsn = maybe_lsn(row[9], "sent_lsn");
    client.write_lsn = maybe_lsn(row[10], "write_lsn");
    client.flush_lsn = maybe_lsn(row[11], "flush_lsn");
    client.replay_lsn = maybe_lsn(row[12], "replay_lsn");
    client.sync_priority = maybe_integer(row[13], "sync_priority").value_or(0);
    client.sync_state = row[14].value_or("");
    client.slot_name = row[15];
    const StreamingClientKind its_kind =
        client.replay_lsn ? StreamingClientKind::hot_standby : StreamingClientKind::wal_streamer;
    if (kind == StreamingClientKind::all || kind == its_kind) clients.push_back(std::move(client));
  }
  return clients;
}

Timestamp Server::server_time() { return timestamp_of(state_->ask_one(queries::server_time(), "now()"), "now()"); }

void Server::checkpoint() {
  if (!has_checkpoint_privileges()) {
    throw Error(Errc::refused, "Barman switch-wal --force requires superuser rights or the 'pg_checkpoint' role");
  }
  state_->ask("CHECKPOINT");
}

std::string Server::switch_wal() {
  const int number = version();
  const auto insert_file = [&] {
    const auto row = single_row(state_->ask(queries::insert_file(number)), "the insert position");
    const std::uint32_t offset = to_u32(integer_of(row[1], "file_offset"));
    const std::string& file = text_of(row[0], "file_name");
    return number >= 170000 && offset == 0 ? file_before_boundary(file, 0, number, segment_size()) : file;
  };
  try {
    const std::string before = insert_file();
    state_->ask(queries::switch_wal(number));
    return closed_segment(before, insert_file());
  } catch (const QueryError& error) {
    if (error.sqlstate() != sqlstate::insufficient_privilege) throw;
    const std::string user = state_->ask_one("SELECT current_user", "current_user").value_or("");
    throw Error(
        Errc::refused,
        fmt::format("Postgres user '{}' is missing required privileges (see \"Pre-requisites\" section in the "
                    "Barman documentation)",
                    user),
        fmt::format("grant it EXECUTE on the function {}", number >= 100000 ? "pg_switch_wal()" : "pg_switch_xlog()"));
  }
}

void Server::create_restore_point(std::string_view name) {
  if (is_in_recovery()) return;
  state_->ask(queries::create_restore_point(), {std::string(name)});
}

BackupStart Server::start_backup(std::string_view label, bool immediate_checkpoint) {
  const int number = version();
  const std::uint64_t size = segment_size();
  if (number >= idle_session_timeout_version) state_->ask("SET idle_session_timeout TO 0");
  const auto row = single_row(
      state_->ask(queries::start_backup(number), {std::string(label), immediate_checkpoint ? "true" : "false"}),
      "the start of the backup");
  state_->in_backup = true;
  BackupStart start;
  start.lsn = state_->backup_begin = lsn_of(row[0], "the start of the backup");
  start.timeline = to_u32(integer_of(row[1], "timeline"));
  start.time = timestamp_of(row[2], "now()");
  start.file = to_string(segment_at(start.lsn, start.timeline, size));
  start.offset = to_u32(static_cast<std::int64_t>(offset_in_segment(start.lsn, size)));
  return start;
}

BackupStop Server::stop_backup(const std::function<void()>& while_waiting) {
  const int number = version();
  if (number >= idle_session_timeout_version) state_->ask("RESET idle_session_timeout");
  state_->connected().set_while_waiting(while_waiting);
  const OnExit look_no_more([this] {
    if (state_->connection) state_->connection->set_while_waiting({});
  });
  const Ask ask = [this](std::string_view sql, const std::vector<std::string>& parameters) {
    return state_->ask(sql, parameters);
  };
  const ArchiverSight sight = sight_of_archiver(ask, number);
  std::vector<std::string> parameters;
  if (number >= first_that_need_not_wait) parameters.emplace_back(sight == ArchiverSight::none ? "true" : "false");
  const auto row = single_row(state_->ask(queries::stop_backup(number), parameters), "the end of the backup");
  BackupStop stop;
  stop.lsn = lsn_of(row[0], "the end of the backup");
  stop.label = text_of(row[1], "labelfile");
  stop.timeline = to_u32(integer_of(row[2], "timeline"));
  stop.time = timestamp_of(row[3], "now()");
  if (sight != ArchiverSight::none) {
    const std::uint64_t size = segment_size();
    const NeededWal needed{segment_at(state_->backup_begin, stop.timeline, size),
                           segment_at({stop.lsn.value - 1}, stop.timeline, size)};
    wait_until_archived(ask, sight, needed, while_waiting);
  }
  state_->in_backup = false;
  return stop;
}

BackupStart Server::start_exclusive_backup(std::string_view label, bool immediate_checkpoint) {
  const int number = version();
  if (number >= first_without_exclusive_backup)
    throw Error(Errc::unsupported, fmt::format("exclusive backups not supported on PostgreSQL {}", version_text()),
                "set backup_options = concurrent_backup");
  const auto row = single_row(state_->ask(queries::start_exclusive_backup(number),
                                          {std::string(label), immediate_checkpoint ? "true" : "false"}),
                              "the start of the backup");
  BackupStart start;
  start.lsn = lsn_of(row[0], "the start of the backup");
  start.file = text_of(row[1], "file_name");
  const auto segment = parse_segment(*start.file);
  if (!segment) throw Error(Errc::postgres, fmt::format("PostgreSQL names no WAL segment: '{}'", *start.file));
  start.timeline = segment->timeline;
  start.offset = to_u32(integer_of(row[2], "file_offset"));
  start.time = timestamp_of(row[3], "now()");
  return start;
}

BackupStop Server::stop_exclusive_backup(bool wait, const std::function<void()>& while_waiting) {
  state_->connected().set_while_waiting(while_waiting);
  const OnExit look_no_more([this] {
    if (state_->connection) state_->connection->set_while_waiting({});
  });
  const auto row =
      single_row(state_->ask(queries::stop_exclusive_backup(), {wait ? "true" : "false"}), "the end of the backup");
  BackupStop stop;
  stop.lsn = lsn_of(row[0], "the end of the backup");
  stop.timeline = to_u32(integer_of(row[1], "timeline"));
  stop.time = timestamp_of(row[2], "now()");
  return stop;
}

bool Server::is_in_exclusive_backup() { return state_->ask_bool(queries::exclusive_backup(), "pg_is_in_backup()"); }

bool Server::keepalive() noexcept {
  try {
    if (!state_->connection || state_->connection->looks_closed()) return false;
    state_->connection->query("SELECT 1");
    return true;
  } catch (const Interrupted& interrupted) {
    log::warning("barman.postgres", "{}", interrupted.what());
    return true;  // which says nothing about the session
  } catch (const std::exception& error) {
    log::warning("barman.postgres", "{}", error.what());
    return false;
  }
}

struct Streaming::State {
  State(std::string text, std::chrono::seconds limit, Connect how)
      : conninfo(std::move(text)), patience(limit), connect(std::move(how)) {}

  Connection& connected() {
    if (connection && connection->looks_closed()) connection.reset();
    if (!connection) connection = connect(conninfo, deadline, patience);
    return *connection;
  }

  std::string conninfo;
  std::unique_ptr<Connection> connection;
  Deadline deadline;
  std::chrono::seconds patience;
  Connect connect;
};

Streaming::Streaming(std::string conninfo, std::chrono::seconds patience, Connect connect)
    : state_(std::make_unique<State>(replication_conninfo(conninfo), patience, std::move(connect))) {}
Streaming::~Streaming() = default;
Streaming::Streaming(Streaming&&) noexcept = default;

StreamingIdentity Streaming::identify() {
  const auto row = single_row(state_->connected().query("IDENTIFY_SYSTEM"), "IDENTIFY_SYSTEM");
  return {text_of(row[0], "systemid"), static_cast<std::uint32_t>(integer_of(row[1], "timeline")),
          lsn_of(row[2], "xlogpos")};
}

std::string Streaming::timeline_history(std::uint32_t timeline) {
  const std::string command = fmt::format("TIMELINE_HISTORY {}", timeline);
  const auto row = single_row(state_->connected().query(command), command);
  return text_of(row[1], "content");
}

int Streaming::version() { return state_->connected().server_version(); }

void Streaming::create_physical_slot(std::string_view name) {
  try {
    state_->connected().query(fmt::format("CREATE_REPLICATION_SLOT {} PHYSICAL", quote_identifier(name)));
  } catch (const QueryError& error) {
    if (error.sqlstate() == sqlstate::duplicate_object) throw SlotError(Why::exists, error.what());
    if (error.sqlstate() == sqlstate::configuration_limit_exceeded) throw SlotError(Why::none_free, error.what());
    throw;
  }
}

void Streaming::drop_slot(std::string_view name) {
  try {
    state_->connected().query(fmt::format("DROP_REPLICATION_SLOT {}", quote_identifier(name)));
  } catch (const QueryError& error) {
    if (error.sqlstate() == sqlstate::undefined_object) throw SlotError(Why::missing, error.what());
    if (error.sqlstate() == sqlstate::object_in_use) throw SlotError(Why::in_use, error.what());
    throw;
  }
}

std::unique_ptr<Connection> Streaming::new_session() const {
  return state_->connect(state_->conninfo, state_->deadline, state_->patience);
}

const std::string& Streaming::conninfo() const { return state_->conninfo; }
void Streaming::close() { state_->connection.reset(); }
void Streaming::set_deadline(Deadline deadline) {
  state_->deadline = deadline;
  if (state_->connection) state_->connection->set_deadline(deadline);
}

}  // namespace barman::postgres
