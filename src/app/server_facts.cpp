#include "barman/app/server_facts.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/xlogdb.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/exec/local_runner.h"
#include "barman/exec/pg_tools.h"
#include "barman/fs/host.h"
#include "barman/postgres/server.h"
#include "barman/wal/segment.h"

namespace barman::app {
namespace {

using report::Fact;
using report::Facts;

constexpr std::string_view logger = "barman.server";
constexpr int oldest_supported_version = 90600;
constexpr int version_with_wal_keep_size = 130000;

Fact to_fact(const std::optional<std::string>& text) { return text ? Fact(*text) : Fact(nullptr); }
Fact to_fact(const std::optional<Timestamp>& time) { return time ? Fact(*time) : Fact(nullptr); }
template <typename T>
Fact to_fact(const std::optional<T>& value) {
  return value ? Fact(*value) : Fact(nullptr);
}

// Runs one part of the inquiry. What it cannot have stays null; the log says why.
void ask(std::string_view what, const std::function<void()>& question) {
  try {
    question();
  } catch (const Error& error) {
    log::warning(logger, "Error retrieving {}: {}", what, error.what());
  }
}

void set_null(Facts& facts, std::initializer_list<const char*> names) {
  for (const char* name : names) facts.insert_or_assign(name, nullptr);
}

// "5min" as SHOW prints a time whose unit is the second.
Fact seconds_of(const std::optional<std::string>& shown) {
  if (!shown) return nullptr;
  const std::size_t digits = std::min(shown->find_first_not_of("0123456789"), shown->size());
  const auto number = parse_decimal(shown->substr(0, digits));
  const std::string unit = shown->substr(digits);
  const std::int64_t factor = unit == "min" ? 60 : unit == "h" ? 3600 : unit == "d" ? 86400 : 1;
  if (!number) return *shown;
  return *number * factor;
}

// A connection that the configuration does not give is not asked: the server is disabled and says so.
bool has_postgres(const config::ServerConfig& config) {
  return config.conninfo && !config.has_fault(config::Fault::Kind::connection);
}
bool has_streaming(const config::ServerConfig& config) {
  return config.streams() && config.streaming_conninfo && !config.has_fault(config::Fault::Kind::streaming_connection);
}

void add_settings(Facts& facts, postgres::Server& postgres) {
  for (const char* name :
       {"data_checksums", "hot_standby", "max_replication_slots", "max_wal_senders", "wal_compression", "wal_level"})
    facts[name] = to_fact(postgres.setting(name));
  const char* keep = postgres.version() >= version_with_wal_keep_size ? "wal_keep_size" : "wal_keep_segments";
  facts[keep] = to_fact(postgres.setting(keep));
  facts["archive_timeout"] = seconds_of(postgres.setting("archive_timeout"));
  facts["checkpoint_timeout"] = seconds_of(postgres.setting("checkpoint_timeout"));
}

void add_files(Facts& facts, postgres::Server& postgres) {
  facts["data_directory"] = to_fact(postgres.setting("data_directory"));
  const postgres::ConfigurationFiles files = postgres.configuration_files();
  const auto add = [&](const char* name, const std::optional<std::string>& path) {
    if (path) facts[name] = *path;
  };
  add("config_file", files.config_file);
  add("hba_file", files.hba_file);
  add("ident_file", files.ident_file);
  if (!files.included.empty()) facts["included_files"] = files.included;
}

Facts postgres_answers(const config::ServerConfig& config, postgres::Server& postgres) {
  Facts facts;
  facts["server_txt_version"] = postgres.version_text();
  facts["version_supported"] = postgres.version() >= oldest_supported_version;
  facts["replication_slot_support"] = true;
  facts["is_in_recovery"] = postgres.is_in_recovery();
  facts["is_superuser"] = postgres.is_superuser();
  facts["has_backup_privileges"] = postgres.has_backup_privileges();
  facts["has_monitoring_privileges"] = postgres.has_monitoring_privileges();
  facts["postgres_systemid"] = postgres.system_identifier();
  facts["xlog_segment_size"] = static_cast<std::int64_t>(postgres.segment_size());
  facts["synchronous_standby_names"] = postgres.synchronous_standby_names();
  const postgres::WalPosition position = postgres.current_position();
  facts["current_lsn"] = to_string(position.lsn);
  facts["current_xlog"] = to_fact(position.file);
  const auto size = postgres.cluster_size();
  facts["current_size"] = size ? Fact(report::Decimal{std::to_string(*size)}) : Fact(nullptr);
  const auto slot = config.slot_name ? postgres.slot(*config.slot_name) : std::nullopt;
  facts["replication_slot"] =
      slot ? Fact(report::SlotFact{slot->name, slot->active, slot->restart_lsn}) : Fact(nullptr);
  add_settings(facts, postgres);
  add_files(facts, postgres);
  return facts;
}

void add_postgres(Facts& facts, ServerContext& server) {
  set_null(facts,
           {"current_xlog", "data_directory", "is_in_recovery", "is_superuser", "postgres_systemid", "replication_slot",
            "replication_slot_support", "server_txt_version", "synchronous_standby_names", "version_supported"});
  ask("PostgreSQL status", [&] {
    for (auto& [name, fact] : postgres_answers(server.config(), server.postgres()))
      facts.insert_or_assign(name, std::move(fact));
  });
}

void add_archiver(Facts& facts, ServerContext& server) {
  set_null(facts, {"archive_command", "archive_mode"});
  if (!has_postgres(server.config())) return;
  ask("PostgreSQL status", [&] {
    postgres::Server& postgres = server.postgres();
    facts["archive_mode"] = to_fact(postgres.setting("archive_mode"));
    facts["archive_command"] = to_fact(postgres.setting("archive_command"));
    const auto stats = postgres.archiver_stats();
    if (!stats) return;
    facts["archived_count"] = to_fact(stats->archived_count);
    facts["failed_count"] = to_fact(stats->failed_count);
    facts["is_archiving"] = to_fact(stats->is_archiving);
    facts["last_archived_wal"] = to_fact(stats->last_archived_wal);
    facts["last_failed_wal"] = to_fact(stats->last_failed_wal);
    facts["last_archived_time"] = to_fact(stats->last_archived_time);
    facts["last_failed_time"] = to_fact(stats->last_failed_time);
    facts["stats_reset"] = to_fact(stats->stats_reset);
    const auto& rate = stats->current_archived_wals_per_second;
    facts["current_archived_wals_per_second"] = rate ? Fact(report::Decimal{*rate}) : Fact(nullptr);
  });
}

// Version of the server as the replication connection reports it; nullopt when it cannot be asked.
std::optional<int> add_streaming(Facts& facts, ServerContext& server) {
  set_null(facts, {"connection_error", "streaming", "streaming_supported", "streaming_systemid", "timeline",
                   "version_supported", "xlogpos"});
  try {
    postgres::Streaming& streaming = server.streaming();
    const postgres::StreamingIdentity identity = streaming.identify();
    const int version = streaming.version();
    facts["streaming"] = true;
    facts["streaming_supported"] = true;
    facts["version_supported"] = version >= oldest_supported_version;
    facts["streaming_systemid"] = identity.systemid;
    facts["timeline"] = static_cast<std::int64_t>(identity.timeline);
    facts["xlogpos"] = to_string(identity.position);
    return version;
  } catch (const Error& error) {
    const std::vector<std::string> lines = split_lines(error.what());
    facts["connection_error"] = lines.empty() ? Fact("") : Fact(lines.front());
    log::warning(logger, "Error retrieving PostgreSQL status: {}", error.what());
    return std::nullopt;
  }
}

// Path, version and fitness of a client program; a client may be newer than the server, not older.
void add_tool(Facts& facts, const std::string& name, const std::optional<exec::PgTool>& tool,
              std::optional<int> server) {
  facts[name + "_installed"] = tool.has_value();
  facts[name + "_path"] = tool ? Fact(tool->path) : Fact(nullptr);
  facts[name + "_version"] = tool && !tool->version.empty() ? Fact(tool->version) : Fact(nullptr);
  facts[name + "_compatible"] = tool && server ? Fact(tool->major() >= *server / 10000) : Fact(nullptr);
}

void add_pg_basebackup(Facts& facts, const config::ServerConfig& config, std::optional<int> server) {
  const auto tool = exec::find_pg_basebackup(config.search_path());
  add_tool(facts, "pg_basebackup", tool, server);
  const Fact modern = tool ? Fact(tool->major() >= 10) : Fact(nullptr);  // 9.4 brought both
  facts["pg_basebackup_bwlimit"] = modern;
  facts["pg_basebackup_tbls_mapping"] = modern;
}

void add_receive_wal(Facts& facts, const config::ServerConfig& config, std::optional<int> server) {
  const auto tool = exec::find_pg_receivewal(config.search_path());
  add_tool(facts, "pg_receivexlog", tool, server);
  set_null(facts, {"pg_receivexlog_supports_slots", "pg_receivexlog_synchronous"});
  if (!tool || !server) return;
  facts["pg_receivexlog_supports_slots"] = tool->major() >= 10;
  const auto known = facts.find("synchronous_standby_names");
  const auto* names = known == facts.end() ? nullptr : std::get_if<std::vector<std::string>>(&known->second);
  if (names == nullptr) return;
  facts["pg_receivexlog_synchronous"] = std::ranges::any_of(
      *names, [&](const std::string& name) { return name == "*" || name == config.streaming_archiver_name; });
}

// last_backup_maximum_age with the age that the newest backup has.
std::string backup_age(Micros limit, catalog::BackupCatalog& backups) {
  const std::string shown = human_interval(limit);
  const catalog::BackupInfo* latest = backups.latest();
  if (latest == nullptr || !latest->end_time) return fmt::format("{} (WARNING! No available backups)", shown);
  const Micros age = now() - *latest->end_time;
  if (age > limit) return fmt::format("{} (WARNING! latest backup is {} old)", shown, human_interval(age));
  return fmt::format("{} (latest backup: {} )", shown, human_interval(age));
}

std::map<std::string, catalog::WalEntry> last_wal_per_timeline(ServerContext& server) {
  std::map<std::string, catalog::WalEntry> last;
  server.archive().index().for_each([&](const catalog::WalEntryView& entry) {
    if (is_wal_segment(entry.name)) last.insert_or_assign(std::string(entry.name.substr(0, 8)), to_entry(entry));
    return true;
  });
  return last;
}

constexpr std::chrono::seconds patience{10};

exec::Outcome run(exec::Runner& runner, std::vector<std::string> argv) {
  exec::Command command(std::move(argv), exec::Limits::within(patience));
  command.logger = "Command";
  try {
    return runner.run(command);
  } catch (const Error& error) {
    exec::Outcome missing;  // a program that is not there is an answer, too
    missing.status = 127;
    missing.err = error.what();
    return missing;
  }
}

std::string first_line(const std::string& text) {
  const auto lines = split_lines(text);
  return lines.empty() ? "" : lines.front();
}

std::string answer(const exec::Outcome& outcome) { return outcome.ok() ? std::string(trim(outcome.out)) : ""; }

}  // namespace

Fact to_fact(const std::string& option, const config::OptionValue& value) {
  return std::visit(
      [&](const auto& content) -> Fact {
        using T = std::decay_t<decltype(content)>;
        if constexpr (std::is_same_v<T, std::set<std::string>>)
          return report::WordSet{option == "recovery_options" ? "RecoveryOptions" : "BackupOptions", content};
        else if constexpr (std::is_same_v<T, config::RetentionPolicy>)
          return content.canonical();
        else
          return content;
      },
      value.value);
}

Facts live_facts(ServerContext& server) {
  const config::ServerConfig& config = server.config();
  Facts facts;
  if (!config.live()) return facts;
  if (has_postgres(config)) add_postgres(facts, server);
  if (config.archiver) add_archiver(facts, server);
  std::optional<int> version;
  if (has_streaming(config)) version = add_streaming(facts, server);
  if (config.streaming_archiver) add_receive_wal(facts, config, version);
  if (config.by_pg_basebackup()) add_pg_basebackup(facts, config, version);
  return facts;
}

report::ServerFacts describe_server(ServerContext& server) {
  const config::ServerConfig& config = server.config();
  report::ServerFacts result{config.name, config.active, config.disabled(), {}};
  Facts& facts = result.values;
  for (const auto& [name, value] : describe(config)) facts[name] = to_fact(name, value);
  facts["name"] = config.name;
  facts["passive_node"] = config.passive();
  facts["active_model"] = to_fact(config.active_model);
  facts["last_backup_maximum_age"] = config.last_backup_maximum_age
                                         ? backup_age(*config.last_backup_maximum_age, server.backups())
                                         : std::string("None");
  facts.merge(live_facts(server));
  return result;
}

void warn_of_unused_primary(ServerContext& server) {
  const config::ServerConfig& config = server.config();
  if (!config.active || config.passive() || !config.primary_conninfo || !has_postgres(config)) return;
  ask("PostgreSQL status", [&] {
    if (!server.postgres().is_in_recovery())
      server.notifier().warning(
          "'primary_conninfo' is set but 'conninfo' does not point to a standby server. Ignoring 'primary_conninfo'.");
  });
}

Findings diagnose(ServerContext& server, const std::function<void(const std::function<void()>&)>& attempt,
                  const std::function<void(const Error&)>& report_error) {
  Findings found;
  attempt([&] {
    warn_of_unused_primary(server);
    found.status = live_facts(server);
  });
  attempt([&] {
    found.backups = server.backups().all();
    for (const auto& [id, error] : server.backups().unreadable()) report_error(error);
  });
  attempt([&] { found.last_wals = last_wal_per_timeline(server); });
  attempt([&] { found.system = remote_system_info(server); });
  return found;
}

report::SystemInfo system_info(exec::Runner& runner) {
  report::SystemInfo info;
  info.kernel = answer(run(runner, {"uname", "-a"}));
  const exec::Outcome release = run(runner, {"lsb_release", "-a"});
  info.release = release.ok() ? answer(release) : answer(run(runner, {"sh", "-c", "cat /etc/*release"}));
  info.rsync = first_line(answer(run(runner, {"rsync", "--version"})));
  const exec::Outcome ssh = run(runner, {"ssh", "-V"});  // it speaks on standard error
  if (ssh.ok()) info.ssh = first_line(ssh.err.empty() ? ssh.out : ssh.err);
  info.python_path = answer(run(runner, {"sh", "-c", "command -v python3"}));
  if (!info.python_path.empty()) info.python_version = answer(run(runner, {info.python_path, "--version"}));
  return info;
}

report::SystemInfo own_system_info() {
  exec::LocalRunner here;
  return system_info(here);
}

std::optional<report::SystemInfo> remote_system_info(ServerContext& server) {
  if (!server.config().ssh_command) return std::nullopt;
  exec::Runner& runner = server.postgres_host().runner();
  const exec::Outcome reached = run(runner, {"true"});
  if (!reached.ok()) {
    log::warning("barman.diagnose", "cannot look at the PostgreSQL host of server {}: {}", server.config().name,
                 trim(reached.err));
    return std::nullopt;
  }
  return system_info(runner);
}

}  // namespace barman::app
