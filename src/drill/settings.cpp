#include "settings.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/numbers.h"
#include "barman/core/text.h"

namespace barman::drill {
namespace {

constexpr int first_with_recovery_settings = 12;

struct Row {
  int from = 0, before = 1000;  // major versions
  const char *name, *value;
};

constexpr Row rows[] = {
    // Nobody gets in.
    {.name = "external_pid_file", .value = ""},
    {.name = "listen_addresses", .value = ""},
    {.name = "bonjour", .value = "off"},
    {.name = "port", .value = "5432"},
    {.name = "ssl", .value = "off"},
    {.name = "unix_socket_group", .value = ""},
    {.from = 18, .name = "oauth_validator_libraries", .value = ""},
    {.name = "unix_socket_permissions", .value = "0700"},
    // Nothing gets out.
    {.name = "archive_mode", .value = "off"},
    {.name = "archive_command", .value = ""},
    {.from = 15, .name = "archive_library", .value = ""},
    {.name = "archive_timeout", .value = "0"},
    {.from = first_with_recovery_settings, .name = "archive_cleanup_command", .value = ""},
    {.from = first_with_recovery_settings, .name = "recovery_end_command", .value = ""},
    {.from = first_with_recovery_settings, .name = "primary_conninfo", .value = ""},
    {.from = first_with_recovery_settings, .name = "primary_slot_name", .value = ""},
    {.from = first_with_recovery_settings, .name = "recovery_min_apply_delay", .value = "0"},
    {.name = "max_wal_senders", .value = "0"},
    {.name = "max_logical_replication_workers", .value = "0"},
    {.name = "synchronous_standby_names", .value = ""},
    {.from = 17, .name = "sync_replication_slots", .value = "off"},
    // Nothing runs that was not asked for.
    {.name = "autovacuum", .value = "off"},
    {.name = "max_worker_processes", .value = "0"},
    {.name = "max_parallel_workers", .value = "0"},
    {.name = "session_preload_libraries", .value = ""},
    {.name = "local_preload_libraries", .value = ""},
    {.from = 17, .name = "event_triggers", .value = "off"},
    {.from = 17, .name = "summarize_wal", .value = "off"},
    {.from = 18, .name = "io_method", .value = "sync"},
    {.before = 15, .name = "stats_temp_directory", .value = "pg_stat_tmp"},
    // Nothing that is damaged is passed over.
    {.name = "zero_damaged_pages", .value = "off"},
    {.name = "ignore_checksum_failure", .value = "off"},
    {.from = 13, .name = "ignore_invalid_pages", .value = "off"},
    {.name = "ignore_system_indexes", .value = "off"},
    // It needs little, but room for what the WAL brings.
    {.name = "hot_standby", .value = "off"},
    {.name = "huge_pages", .value = "off"},
    {.name = "max_connections", .value = "20"},
    {.name = "max_replication_slots", .value = "1000"},
    {.from = 18, .name = "max_active_replication_origins", .value = "1000"},
    {.name = "restart_after_crash", .value = "off"},
    {.name = "shared_buffers", .value = "128MB"},
    {.name = "superuser_reserved_connections", .value = "3"},
    {.from = 16, .name = "reserved_connections", .value = "0"},
    {.name = "wal_level", .value = "logical"},  // slots ask for it
    // What it says is read.
    {.name = "lc_messages", .value = "C"},
    {.name = "log_destination", .value = "stderr"},
    {.name = "log_error_verbosity", .value = "default"},
    {.name = "log_line_prefix", .value = ""},
    {.name = "log_min_duration_statement", .value = "-1"},
    {.name = "log_min_messages", .value = "warning"},
    {.name = "log_statement", .value = "none"},
    {.name = "logging_collector", .value = "off"},
};

std::string joined_quoted(const std::vector<std::string>& libraries) {
  std::vector<std::string> quoted;
  for (const std::string& library : libraries)
    quoted.push_back(fmt::format("\"{}\"", replace_all(library, "\"", "\"\"")));
  return join(quoted, ", ");
}

// "Name of a line:      value"
std::string_view value_of(std::string_view line, std::string_view name) {
  if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ':') return {};
  return trim(line.substr(name.size() + 1));
}

}  // namespace

ControlData parse_control_data(std::string_view text) {
  ControlData control;
  for (const std::string& line : split_lines(text)) {
    if (const auto version = value_of(line, "Data page checksum version"); !version.empty())
      control.checksums = version != "0";
    if (const auto count = parse_decimal(value_of(line, "max_prepared_xacts setting")))
      control.max_prepared_transactions = *count;
    if (const auto count = parse_decimal(value_of(line, "max_locks_per_xact setting")))
      control.max_locks_per_transaction = *count;
  }
  return control;
}

std::vector<Setting> sealed_settings(const Seal& seal) {
  std::vector<Setting> settings = {{"config_file", seal.configuration},
                                   {"data_directory", seal.data},
                                   {"hba_file", seal.hba},
                                   {"ident_file", seal.ident},
                                   {"unix_socket_directories", fmt::format("\"{}\"", seal.sockets)},
                                   {"shared_preload_libraries", joined_quoted(seal.libraries)}};
  for (const Row& row : rows)
    if (seal.major >= row.from && seal.major < row.before) settings.emplace_back(row.name, row.value);
  if (seal.keeps_wal)
    settings.emplace_back(seal.major < 13 ? "wal_keep_segments" : "wal_keep_size",
                          seal.major < 13 ? "1000000" : "1000000000");
  constexpr std::int64_t usual_locks = 64;
  settings.emplace_back("max_prepared_transactions", std::to_string(seal.control.max_prepared_transactions));
  settings.emplace_back("max_locks_per_transaction",
                        std::to_string(std::max(usual_locks, seal.control.max_locks_per_transaction)));
  return settings;
}

std::vector<std::string> server_argv(const std::string& postgres, const Seal& seal) {
  std::vector<std::string> argv = {postgres, "-D", seal.data};
  for (const auto& [name, value] : sealed_settings(seal)) {
    argv.emplace_back("-c");
    argv.push_back(fmt::format("{}={}", name, value));
  }
  return argv;
}

std::string session_options(int major) {
  std::string options =
      "-c session_preload_libraries= -c local_preload_libraries= -c statement_timeout=0 -c lock_timeout=0 "
      "-c idle_in_transaction_session_timeout=0 -c default_transaction_read_only=off -c row_security=off "
      "-c max_parallel_workers_per_gather=0 -c zero_damaged_pages=off -c ignore_checksum_failure=off "
      "-c session_replication_role=replica";
  if (major >= 14) options += " -c idle_session_timeout=0";
  if (major >= 17) options += " -c transaction_timeout=0 -c event_triggers=off";
  return options;
}

std::vector<std::string> parse_library_list(std::string_view setting) {
  std::vector<std::string> libraries;
  std::string name;
  bool quoted = false;
  const auto complete = [&] {
    if (const std::string_view whole = trim(name); !whole.empty()) libraries.emplace_back(whole);
    name.clear();
  };
  for (const char c : setting) {
    if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      complete();
    else
      name += c;
  }
  complete();
  return libraries;
}

}  // namespace barman::drill
