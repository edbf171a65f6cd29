#include <fmt/core.h>

#include "barman/catalog/identity.h"
#include "barman/core/error.h"
#include "inspection.h"
#include "judgement.h"

namespace barman::check {
namespace {

constexpr int oldest_supported = 90600;
constexpr const char* for_streaming = " (WAL streaming)";

report::CheckLine wal_level_line(postgres::Server& server, std::string_view suffix) {
  return line(fmt::format("wal_level{}", suffix), server.setting("wal_level") != "minimal",
              "please set it to a higher level than 'minimal'");
}

report::CheckLine monitoring_line(postgres::Server& server, std::string_view suffix) {
  if (server.has_monitoring_privileges()) return passed(fmt::format("has monitoring privileges{}", suffix));
  return failed("no access to monitoring functions",
                "privileges for PostgreSQL monitoring functions are required (see documentation)");
}

void add_standby_lines(Inspection& inspection, Lines& lines) {
  postgres::Server* primary = inspection.target().primary;
  if (primary == nullptr) return;
  postgres::Server& standby = *inspection.target().postgres;
  const bool is_standby = standby.is_in_recovery();
  lines.push_back(line("PostgreSQL server is standby", is_standby,
                       "conninfo should point to a standby server if primary_conninfo is set"));
  if (!is_standby) return;
  lines.push_back(line("Primary server is not a standby", !primary->is_in_recovery(),
                       "primary_conninfo should point to a primary server, not a standby"));
  lines.push_back(line("Primary and standby have same system ID",
                       primary->system_identifier() == standby.system_identifier(),
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
  if (!inspection.postgres().ok) return {failed("PostgreSQL")};
  postgres::Server& server = *inspection.target().postgres;
  if (server.version() < oldest_supported) {
    return {failed("PostgreSQL", fmt::format("unsupported version: PostgreSQL server is too old ({} < 9.6.0)",
                                             version_of_number(server.version())))};
  }
  Lines lines{passed("PostgreSQL")};
  if (server.has_backup_privileges()) {
    lines.push_back(passed("superuser or standard user with backup privileges"));
  } else {
    lines.push_back(failed("no access to backup functions",
                           "privileges for PostgreSQL backup functions are required (see documentation)"));
  }
  for (report::CheckLine& line : check_streaming_connection(inspection)) lines.push_back(std::move(line));
  lines.push_back(wal_level_line(server, ""));
  add_standby_lines(inspection, lines);
  return lines;
}

Lines check_streaming_connection(Inspection& inspection) {
  if (inspection.target().streaming == nullptr) return {};
  const Reachable& reached = inspection.streaming();
  return {line("PostgreSQL streaming", reached.ok, reached.error)};
}

Lines check_monitoring_privileges(Inspection& inspection) {
  if (!inspection.postgres().ok) return {failed("PostgreSQL", inspection.postgres().error)};
  return {monitoring_line(*inspection.target().postgres, "")};
}

Lines check_wal_level(Inspection& inspection) {
  if (!inspection.postgres().ok) return {};
  return {wal_level_line(*inspection.target().postgres, "")};
}

// The connections that only WAL streaming uses.
Lines check_wal_overrides(Inspection& inspection) {
  Target& target = inspection.target();
  if (!inspection.live() || !inspection.has_wal_overrides()) return {};
  Lines lines;
  std::optional<postgres::StreamingIdentity> identity;
  if (target.wal_postgres != nullptr) lines.push_back(monitoring_line(*target.wal_postgres, for_streaming));
  if (target.wal_streaming != nullptr) {
    const std::string name = fmt::format("PostgreSQL streaming{}", for_streaming);
    try {
      identity = target.wal_streaming->identify();
      lines.push_back(passed(name));
    } catch (const Error& error) {
      if (error.code() != Errc::postgres) throw;
      lines.push_back(failed(name, first_line(error.what())));
    }
  }
  if (target.wal_postgres != nullptr) {
    lines.push_back(wal_level_line(*target.wal_postgres, for_streaming));
    SystemIdentifiers ids = system_identifiers(inspection, target.wal_postgres);
    if (identity) ids.streaming = identity->systemid;
    lines.push_back(judge_system_identifier(ids, fmt::format("systemid coherence{}", for_streaming)));
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
  } catch (const Error& error) {  // told by the check of the connection; here it means that no slot can be seen
    if (error.code() != Errc::postgres) throw;
  }
  const auto line = judge_slot(inspection.config(), slot, inspection.has_wal_overrides() ? for_streaming : "");
  return line ? Lines{*line} : Lines{};
}

Lines check_system_identifier(Inspection& inspection) {
  const bool reachable = inspection.live() && inspection.postgres().ok;
  SystemIdentifiers ids = system_identifiers(inspection, reachable ? inspection.target().postgres : nullptr);
  if (inspection.live() && inspection.target().streaming != nullptr) {
    if (const auto& identity = inspection.streaming_identity()) ids.streaming = identity->systemid;
  }
  return {judge_system_identifier(ids, "systemid coherence")};
}

}  // namespace barman::check
