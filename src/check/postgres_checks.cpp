#include <fmt/core.h>

#include "barman/catalog/identity.h"
#include "barman/core/error.h"
#include "checks.h"
#include "inspection.h"
#include "judgement.h"

namespace barman::check {
namespace {

constexpr int oldest_supported = 90600;

report::CheckLine wal_level_line(CheckId id, postgres::Server& server) {
  return line(id, server.setting("wal_level") != "minimal", "please set it to a higher level than 'minimal'");
}

report::CheckLine monitoring_line(CheckId id, postgres::Server& server) {
  if (server.has_monitoring_privileges()) return passed(id);
  return failed(CheckId::no_monitoring_privileges,
                "privileges for PostgreSQL monitoring functions are required (see documentation)");
}

void add_standby_lines(Inspection& inspection, Lines& lines) {
  postgres::Server* primary = inspection.target().primary;
  if (primary == nullptr) return;
  postgres::Server& standby = *inspection.target().postgres;
  const bool is_standby = standby.is_in_recovery();
  lines.push_back(
      line(CheckId::standby, is_standby, "conninfo should point to a standby server if primary_conninfo is set"));
  if (!is_standby) return;
  lines.push_back(line(CheckId::primary, !primary->is_in_recovery(),
                       "primary_conninfo should point to a primary server, not a standby"));
  lines.push_back(line(CheckId::same_system, primary->system_identifier() == standby.system_identifier(),
                       "primary_conninfo and conninfo should point to primary and standby servers which share the same "
                       "system identifier"));
}

SystemIdentifiers system_identifiers(Inspection& inspection, postgres::Server* regular) {
  SystemIdentifiers ids;
  const std::string& directory = inspection.config().backup_directory;
  ids.stored_in = directory + "/identity.json";
  if (const auto stored = catalog::read_identity(directory)) ids.stored = stored->systemid;
  if (regular != nullptr) ids.regular = regular->system_identifier();
  return ids;
}

}  // namespace

Lines check_postgres(Inspection& inspection) {
  if (!inspection.live()) return {};
  if (!inspection.postgres().ok) return {failed(CheckId::postgres)};
  postgres::Server& server = *inspection.target().postgres;
  if (server.version() < oldest_supported) {
    return {failed(CheckId::postgres, fmt::format("unsupported version: PostgreSQL server is too old ({} < 9.6.0)",
                                                  version_of_number(server.version())))};
  }
  Lines lines{passed(CheckId::postgres)};
  if (server.has_backup_privileges()) {
    lines.push_back(passed(CheckId::backup_privileges));
  } else {
    lines.push_back(failed(CheckId::no_backup_privileges,
                           "privileges for PostgreSQL backup functions are required (see documentation)"));
  }
  for (report::CheckLine& line : check_streaming_connection(inspection)) lines.push_back(std::move(line));
  lines.push_back(wal_level_line(CheckId::wal_level, server));
  add_standby_lines(inspection, lines);
  return lines;
}

Lines check_streaming_connection(Inspection& inspection) {
  if (inspection.target().streaming == nullptr) return {};
  const Reachable& reached = inspection.streaming();
  return {line(CheckId::streaming, reached.ok, reached.error)};
}

Lines check_monitoring_privileges(Inspection& inspection) {
  if (!inspection.postgres().ok) return {failed(CheckId::postgres, inspection.postgres().error)};
  return {monitoring_line(CheckId::monitoring_privileges, *inspection.target().postgres)};
}

Lines check_wal_level(Inspection& inspection) {
  if (!inspection.postgres().ok) return {};
  return {wal_level_line(CheckId::wal_level, *inspection.target().postgres)};
}

// The connections that only WAL streaming uses.
Lines check_wal_overrides(Inspection& inspection) {
  Target& target = inspection.target();
  if (!inspection.live() || !inspection.has_wal_overrides()) return {};
  Lines lines;
  std::optional<postgres::StreamingIdentity> identity;
  if (target.wal_postgres != nullptr)
    lines.push_back(monitoring_line(CheckId::wal_monitoring_privileges, *target.wal_postgres));
  if (target.wal_streaming != nullptr) {
    try {
      identity = target.wal_streaming->identify();
      lines.push_back(passed(CheckId::wal_streaming));
    } catch (const Error& error) {
      if (error.code() != Errc::postgres) throw;
      lines.push_back(failed(CheckId::wal_streaming, first_line(error.what())));
    }
  }
  if (target.wal_postgres != nullptr) {
    lines.push_back(wal_level_line(CheckId::wal_wal_level, *target.wal_postgres));
    SystemIdentifiers ids = system_identifiers(inspection, target.wal_postgres);
    if (identity) ids.streaming = identity->systemid;
    lines.push_back(judge_system_identifier(CheckId::wal_system_identifier, ids));
  }
  return lines;
}

Lines check_replication_slot(Inspection& inspection) {
  Target& target = inspection.target();
  if (!inspection.live() || !inspection.config().slot_name) return {};
  postgres::Server* server = target.wal_postgres != nullptr ? target.wal_postgres : target.postgres;
  if (server == nullptr) return {};
  const bool tried = server == target.postgres && !inspection.postgres().ok;  // once is enough
  std::optional<postgres::Slot> slot;
  try {
    if (!tried) slot = server->slot(*inspection.config().slot_name);
  } catch (const Error& error) {  // the check of the connection reports it; here no slot can be seen
    if (error.code() != Errc::postgres) throw;
  }
  const CheckId id = inspection.has_wal_overrides() ? CheckId::wal_replication_slot : CheckId::replication_slot;
  const auto line = judge_slot(id, inspection.config(), slot);
  return line ? Lines{*line} : Lines{};
}

Lines check_system_identifier(Inspection& inspection) {
  const bool reachable = inspection.live() && inspection.postgres().ok;
  SystemIdentifiers ids = system_identifiers(inspection, reachable ? inspection.target().postgres : nullptr);
  if (inspection.live() && inspection.target().streaming != nullptr) {
    if (const auto& identity = inspection.streaming_identity()) ids.streaming = identity->systemid;
  }
  return {judge_system_identifier(CheckId::system_identifier, ids)};
}

}  // namespace barman::check
