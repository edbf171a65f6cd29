#include "barman/check/check.h"

#include <fmt/core.h>

#include <array>
#include <span>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "explain.h"
#include "inspection.h"

namespace barman::check {
namespace {

constexpr const char* logger = "barman.server";

// The order is what operators and their monitoring see.
constexpr Check all_checks[] = {
    {"WAL archive", check_wal_archive},
    {"incoming WALs directory", check_incoming_directory},
    {"streaming WALs directory", check_streaming_directory},
    {"PostgreSQL", check_postgres},
    {"PostgreSQL streaming (WAL streaming)", check_wal_overrides},
    {"replication slot", check_replication_slot},
    {"directories", check_directories},
    {"retention policy settings", check_retention_policy},
    {"backup maximum age", check_backup_age},
    {"backup minimum size", check_backup_size},
    {"encryption", check_encryption},
    {"wal maximum age", check_wal_age},
    {"wal size", check_wal_size},
    {"compression settings", check_compression},
    {"failed backups", check_failed_backups},
    {"minimum redundancy requirements", check_redundancy},
    {"ssh", check_copy_by_ssh},
    {"local PGDATA", check_local_copy},
    {"postgres minimal version", check_backup_strategy},
    {"pg_basebackup", check_pg_basebackup},
    {"ssh", check_primary_node},
    {"configuration", check_configuration},
    {"systemid coherence", check_system_identifier},
    {"receive-wal running", check_receive_wal},
    {"archive_mode", check_archive_command},
    {"archiver errors", check_archiver_errors},
};

constexpr Check streaming_checks[] = {
    {"no access to monitoring functions", check_monitoring_privileges},
    {"PostgreSQL streaming", check_streaming_connection},
    {"wal_level", check_wal_level},
    {"systemid coherence", check_system_identifier},
};

Lines inspect(const Check& check, Inspection& inspection) {
  try {
    return check.inspect(inspection);
  } catch (const Error& error) {
    if (error.code() == Errc::timeout || error.code() == Errc::interrupted) throw;
    log::error(logger, "{}", error.what());
    return {failed(check.name, first_line(error.what()))};
  } catch (const std::exception& error) {
    log::error(logger, "Check '{}' of server '{}': {}", check.name, inspection.config().name, error.what());
    return {failed(check.name, first_line(error.what()))};
  }
}

// Performance data is left out where the check of the same thing could not read it either.
std::optional<std::int64_t> measure(std::int64_t (*size)(Inspection&), Inspection& inspection) {
  try {
    return size(inspection);
  } catch (const Error& error) {
    if (error.code() == Errc::timeout || error.code() == Errc::interrupted) throw;
    return std::nullopt;
  }
}

void run_each(std::span<const Check> checks, Inspection& inspection, report::CheckReport& report) {
  try {
    for (const Check& check : checks) {
      inspection.time_left();
      for (report::CheckLine& line : inspect(check, inspection)) {
        if (!line.passed) log::error(logger, "Check '{}' failed for server '{}'", line.name, report.server);
        report.lines.push_back(std::move(line));
      }
      if (check.inspect == check_backup_size) report.last_backup_bytes = measure(last_backup_size, inspection);
      if (check.inspect == check_wal_size) report.wal_bytes = measure(wal_size_after_last_backup, inspection);
    }
  } catch (const Error& error) {
    if (error.code() != Errc::timeout) throw;
    log::error(logger, "Check 'check timeout' failed for server '{}': {}", report.server, error.what());
    report.lines.push_back(failed("check timeout", "barman check command timed out"));
  }
}

postgres::Deadline deadline_of(const Target& target, const Options& options) {
  const std::chrono::seconds limit = options.timeout.value_or(std::chrono::seconds(target.config.check_timeout));
  if (limit.count() <= 0) return std::nullopt;
  return std::chrono::steady_clock::now() + limit;
}

report::CheckReport empty_report(const config::ServerConfig& config) {
  report::CheckReport report;
  report.server = config.name;
  report.active = config.active;
  report.disabled = config.disabled();
  report.configuration_errors = config.errors;
  return report;
}

}  // namespace

namespace {

report::CheckReport run_all(Inspection& inspection) {
  report::CheckReport report = empty_report(inspection.config());
  run_each(all_checks, inspection, report);
  const auto told = [](const report::CheckLine& line) { return line.name == "configuration"; };
  if (!report.disabled && std::ranges::any_of(report.lines, told)) {
    report.disabled = true;
    report.configuration_errors.push_back(inspection.late_configuration_problem().value_or(""));
  }
  return report;
}

}  // namespace

report::CheckReport run(Target& target, const Options& options) {
  Inspection inspection(target, deadline_of(target, options));
  return run_all(inspection);
}

report::Explanation explain(Target& target, const Options& options) {
  Inspection inspection(target, deadline_of(target, options));
  const report::CheckReport report = run_all(inspection);
  ConnectionErrors errors;
  std::vector<report::Stall> stalls;
  try {
    if (inspection.live() && !inspection.postgres().ok) errors["PostgreSQL"] = inspection.postgres().words;
    if (inspection.live() && !inspection.streaming().ok) errors["PostgreSQL streaming"] = inspection.streaming().words;
    stalls = find_stalls(target).found;
  } catch (const Error& error) {
    if (error.code() != Errc::timeout) throw;  // the report says so
  }
  return explain(target.config, report, errors, stalls);
}

report::CheckReport run_before_streaming(Target& target) {
  report::CheckReport report = empty_report(target.config);
  Inspection inspection(target, deadline_of(target, {}));
  run_each(streaming_checks, inspection, report);
  return report;
}

bool blocks_backup(const report::CheckLine& line) {
  static constexpr std::array harmless = {"minimum redundancy requirements",
                                          "backup maximum age",
                                          "backup minimum size",
                                          "failed backups",
                                          "archiver errors",
                                          "empty incoming directory",
                                          "empty streaming directory",
                                          "incoming WALs directory",
                                          "streaming WALs directory",
                                          "wal maximum age",
                                          "PostgreSQL server is standby"};
  return !line.passed && std::ranges::find(harmless, line.name) == harmless.end();
}

}  // namespace barman::check
