#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/wal_window.h"
#include "barman/check/check.h"
#include "barman/config/server_config.h"
#include "barman/exec/pg_tools.h"
#include "barman/postgres/connection.h"
#include "barman/postgres/server.h"

// What the checks of one run share: the target, the time limit, and the facts that more than one of them needs, each
// found out when it is first asked for.
namespace barman::check {

struct Reachable {
  bool ok = false;
  std::string error;  // first line
  std::string words;  // all of libpq's
};

class Inspection {
 public:
  Inspection(Target& target, Deadline deadline);
  ~Inspection();  // takes the time limit off the connections
  Inspection(const Inspection&) = delete;
  Inspection& operator=(const Inspection&) = delete;

  Target& target() { return target_; }
  const config::ServerConfig& config() const { return target_.server.config(); }
  bool live() const { return config().live(); }  // PostgreSQL is ours to ask
  bool has_wal_overrides() const { return target_.wal_postgres != nullptr || target_.wal_streaming != nullptr; }

  const Reachable& postgres();   // conninfo
  const Reachable& streaming();  // streaming_conninfo
  const std::optional<postgres::StreamingIdentity>& streaming_identity();
  std::optional<int> streaming_version();
  // Newest backup whose copy is done.
  const catalog::BackupInfo* latest_backup() { return target_.server.backups().latest(); }
  const std::optional<exec::PgTool>& pg_basebackup();  // nullopt: not installed
  // What the versions in use make wrong about the configuration; nullopt: nothing, or they are not known.
  std::optional<std::string> late_configuration_problem();
  bool disabled() { return config().disabled() || late_configuration_problem(); }
  const catalog::WalWindow& latest_window();  // its WAL; an empty one without a backup

  // Left of the time limit; nullopt: there is none. Throws Error(timeout) when it is over.
  std::optional<std::chrono::milliseconds> time_left() const;

 private:
  void set_deadlines(Deadline deadline);
  Target& target_;
  Deadline deadline_;
  std::optional<Reachable> postgres_, streaming_;
  std::optional<postgres::StreamingIdentity> identity_;
  std::optional<std::optional<exec::PgTool>> pg_basebackup_;
  std::optional<catalog::WalWindow> window_;
};

std::string first_line(std::string_view text);  // a hint is one line; the log has the rest

}  // namespace barman::check
