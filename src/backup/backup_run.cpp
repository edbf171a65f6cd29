#include "backup_run.h"

#include <fmt/core.h>

#include "barman/archive/wal_archive.h"
#include "barman/backup/wal_purge.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/wal/segment.h"

namespace barman::backup {
namespace {

constexpr int summarize_wal_version = 170000;

}  // namespace

std::string describe_position(const std::optional<std::string>& lsn, const std::optional<std::string>& wal,
                              const std::optional<std::int64_t>& offset) {
  const std::string position = lsn.value_or("None");
  return wal ? fmt::format("{} ({}, {:08X})", position, *wal, offset.value_or(0)) : position;
}

void BackupRun::set_begin(Lsn lsn, std::uint32_t timeline, const Timestamp& time) {
  info.begin_xlog = to_string(lsn);
  info.begin_wal = to_string(segment_at(lsn, timeline, segment_size()));
  info.begin_offset = static_cast<std::int64_t>(offset_in_segment(lsn, segment_size()));
  info.begin_time = time;
  info.timeline = timeline;
}

void BackupRun::set_end(Lsn lsn, std::uint32_t timeline, const Timestamp& time) {
  info.end_xlog = to_string(lsn);
  info.end_wal = to_string(segment_at(lsn, timeline, segment_size()));
  info.end_offset = static_cast<std::int64_t>(offset_in_segment(lsn, segment_size()));
  info.end_time = time;
}

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
  server.notifier().info("Backup start at LSN: " +
                         describe_position(info.begin_xlog, info.begin_wal, info.begin_offset));
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
  postgres::Server& postgres = run.server.postgres();
  catalog::BackupInfo& info = run.info;
  if (name_each_step) run.action = "detecting data directory";
  info.pgdata = postgres.setting("data_directory");
  if (!info.pgdata)
    throw Error(Errc::postgres, "the user may not read the setting data_directory",
                "grant it the role pg_read_all_settings");
  info.version = postgres.version();
  info.xlog_segment_size = static_cast<std::int64_t>(postgres.segment_size());
  const postgres::ConfigurationFiles files = postgres.configuration_files();
  info.config_file = files.config_file;
  info.hba_file = files.hba_file;
  info.ident_file = files.ident_file;
  if (!files.included.empty()) info.included_files = files.included;

  if (name_each_step) run.action = "detecting tablespaces";
  for (const postgres::TablespaceFact& fact : postgres.tablespaces()) {
    log::info(logger, "\t{}, {}, {}", fact.oid, fact.name, fact.location);
    if (!info.tablespaces) info.tablespaces.emplace();
    info.tablespaces->push_back({fact.name, fact.oid, fact.location});
  }
  info.data_checksums = postgres.setting("data_checksums");
  if (*info.version >= summarize_wal_version) info.summarize_wal = postgres.setting("summarize_wal");
  info.cluster_size = postgres.cluster_size();
}

}  // namespace barman::backup
