#include "backup_run.h"

#include <fmt/core.h>

#include "barman/archive/wal_archive.h"
#include "barman/backup/wal_purge.h"
#include "barman/basebackup/facts.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/wal/segment.h"

namespace barman::backup {
std::string BackupRun::tablespace_directory(const catalog::Tablespace& tablespace) const {
  return fmt::format("{}/{}", server.backups().base_directory(info.backup_id), tablespace.oid);
}

std::vector<std::string> BackupRun::outside_pgdata(const std::vector<std::optional<std::string>>& files) const {
  std::vector<std::string> outside;
  for (const auto& file : files)
    if (file && !file->starts_with(*info.pgdata + "/")) outside.push_back(*file);
  return outside;
}

void BackupRun::announce_start() {
  info.set_status(catalog::BackupStatus::started);
  save();
  server.notifier().info("Backup start at LSN: " + basebackup::describe_begin(info));
}

void BackupRun::purge_before_first() { purge_before_first_backup(server, info, false); }

void BackupRun::switch_wal() {
  if (postgres::Server* primary = server.primary_postgres()) {
    primary->switch_wal();
  } else if (!server.postgres().is_in_recovery()) {
    server.postgres().switch_wal();
  }
}

void collect_metadata(BackupRun& run, bool name_each_step) {
  if (name_each_step) run.action = "detecting data directory";
  basebackup::collect_location(run.info, run.server.postgres());
  if (name_each_step) run.action = "detecting tablespaces";
  basebackup::collect_tablespaces(run.info, run.server.postgres(), logger);
}

}  // namespace barman::backup
