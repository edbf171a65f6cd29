#include <fmt/core.h>

#include "barman/catalog/backup_catalog.h"
#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/exec/pg_tools.h"
#include "barman/fs/host.h"
#include "barman/fs/lock_file.h"
#include "checks.h"
#include "inspection.h"
#include "judgement.h"

namespace barman::check {
namespace {

using config::BackupMethod;

// Runs `true` through ssh: whether we get there, and whether anything on the way speaks.
Lines ssh_lines(Inspection& inspection, const std::string& ssh_command, const std::string& hint) {
  const std::string shown = fmt::format("{} {}", ssh_command, join(fs::batch_ssh_options(), " "));
  const std::chrono::milliseconds patience = inspection.time_left().value_or(inspection.config().patience());
  const auto host =
      fs::make_remote_host(ssh_command, fs::batch_ssh_options(), patience, inspection.config().search_path());
  exec::Command command({"true"}, exec::Limits::within(patience));
  command.logger = "Command";
  const exec::Outcome outcome = host->runner().run(command);
  inspection.time_left();
  if (!outcome.ok()) {
    return {failed(CheckId::ssh, fmt::format("Connection failed using '{}' return code {}", shown, outcome.status))};
  }
  Lines lines{passed(CheckId::ssh, hint)};
  if (!outcome.out.empty()) {
    lines.push_back(
        failed(CheckId::ssh_output, "the configured ssh_command must not add anything to the remote command output"));
  }
  return lines;
}

std::optional<std::string> pgdata_of_latest(Inspection& inspection) {
  const catalog::BackupInfo* latest = inspection.latest_backup();
  return latest == nullptr ? std::nullopt : latest->pgdata;
}

// A server that is down with a backup_label in place would start in recovery from that label: an exclusive backup was
// interrupted. Its data directory is known from the latest backup.
void add_backup_label_line(Inspection& inspection, Lines& lines) {
  if (inspection.postgres().ok || !lines.front().passed) return;
  const auto pgdata = pgdata_of_latest(inspection);
  if (!pgdata || !inspection.target().server.postgres_host().exists(*pgdata + "/backup_label")) return;
  lines.push_back(
      failed(CheckId::backup_label, "Check that the PostgreSQL server is up and no 'backup_label' file is in PGDATA."));
}

// Version of the server that the replication connection reports; "None" when that cannot be had, "Unknown" when there
// is nothing to ask.
std::string shown_server_version(Inspection& inspection) {
  if (inspection.target().streaming == nullptr) return "Unknown";
  const auto version = inspection.streaming_version();
  return version ? version_of_number(*version) : "None";
}

// A client program, and whether its version fits the server's.
Lines client_lines(Inspection& inspection, const std::optional<exec::PgTool>& tool, CheckId installed,
                   CheckId version) {
  Lines lines{line(installed, tool.has_value())};
  const auto number = inspection.streaming_version();
  const auto server = number ? std::optional(version_of_number(*number)) : std::nullopt;
  const bool fits = tool && client_fits(server, tool->version);
  const std::string client = !tool || tool->version.empty() ? "None" : tool->version;
  lines.push_back(line(version, fits,
                       fmt::format("PostgreSQL version: {}, {} version: {}", shown_server_version(inspection),
                                   lines.front().name, client)));
  return lines;
}

}  // namespace

// A server is reached through ssh where files are copied from it; so is the primary node of a passive one.
Lines check_ssh(Inspection& inspection) {
  const config::ServerConfig& config = inspection.config();
  if (config.active && config.passive())
    return ssh_lines(inspection, *config.primary_ssh_command, "Barman primary node");
  if (!inspection.live() || config.backup_method != BackupMethod::rsync || !config.ssh_command) return {};
  Lines lines = ssh_lines(inspection, *config.ssh_command, "PostgreSQL server");
  add_backup_label_line(inspection, lines);
  return lines;
}

Lines check_local_copy(Inspection& inspection) {
  const config::ServerConfig& config = inspection.config();
  if (!inspection.live() || config.backup_method != BackupMethod::local_rsync) return {};
  std::optional<std::string> pgdata = pgdata_of_latest(inspection);
  if (inspection.postgres().ok) pgdata = inspection.target().postgres->setting("data_directory");
  if (!pgdata)
    return {failed(CheckId::local_pgdata, "the data directory is not known while PostgreSQL cannot be asked")};
  const bool there = inspection.target().server.postgres_host().is_directory(*pgdata);
  Lines lines{there ? passed(CheckId::local_pgdata, "Access to local PGDATA")
                    : failed(CheckId::local_pgdata, fmt::format("cannot read '{}'", *pgdata))};
  add_backup_label_line(inspection, lines);
  return lines;
}

Lines check_backup_strategy(Inspection& inspection) {
  const config::ServerConfig& config = inspection.config();
  if (!inspection.live() || !config.by_rsync() || !config.exclusive()) return {};
  if (!inspection.postgres().ok) return {failed(CheckId::exclusive_backup, "unable to determine postgres version")};
  postgres::Server& server = *inspection.target().postgres;
  constexpr int without_exclusive = 150000;
  return {line(CheckId::not_in_recovery, !server.is_in_recovery(), "cannot perform exclusive backup on a standby"),
          line(CheckId::exclusive_backup, server.version() < without_exclusive,
               fmt::format("exclusive backups not supported on PostgreSQL {}", server.version_text()))};
}

Lines check_pg_basebackup(Inspection& inspection) {
  const config::ServerConfig& config = inspection.config();
  if (!inspection.live() || !config.by_pg_basebackup()) return {};
  const auto& tool = inspection.pg_basebackup();
  Lines lines = client_lines(inspection, tool, CheckId::pg_basebackup, CheckId::pg_basebackup_version);
  if (inspection.postgres().ok) {
    lines.push_back(line(CheckId::pg_basebackup_tablespaces, client_fits("9.4", tool ? tool->version : ""),
                         "pg_basebackup 9.4 or higher is required for tablespaces support"));
  }
  return lines;
}

Lines check_receive_wal(Inspection& inspection) {
  const config::ServerConfig& config = inspection.config();
  if (!inspection.live() || !config.streaming_archiver) return {};
  Lines lines = client_lines(inspection, exec::find_pg_receivewal(config.search_path()), CheckId::pg_receivewal,
                             CheckId::pg_receivewal_version);
  lines.push_back(line(CheckId::receive_wal, fs::lock_state(inspection.target().server.locks().receive_wal()).held,
                       "See the Barman log file for more details"));
  return lines;
}

}  // namespace barman::check
