#include "barman/basebackup/facts.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/core/log.h"

namespace barman::basebackup {
namespace {

constexpr int summarize_wal_version = 170000;

std::string describe_position(const std::optional<std::string>& lsn, const std::optional<std::string>& wal,
                              const std::optional<std::int64_t>& offset) {
  const std::string position = lsn.value_or("None");
  return wal ? fmt::format("{} ({}, {:08X})", position, *wal, offset.value_or(0)) : position;
}

std::uint64_t segment_size_of(const catalog::BackupInfo& info) {
  return static_cast<std::uint64_t>(info.xlog_segment_size);
}

}  // namespace

void collect_location(catalog::BackupInfo& info, postgres::Server& postgres) {
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
}

void collect_tablespaces(catalog::BackupInfo& info, postgres::Server& postgres, std::string_view logger) {
  for (const postgres::TablespaceFact& fact : postgres.tablespaces()) {
    log::info(logger, "\t{}, {}, {}", fact.oid, fact.name, fact.location);
    if (!info.tablespaces) info.tablespaces.emplace();
    info.tablespaces->push_back({fact.name, fact.oid, fact.location});
  }
  info.data_checksums = postgres.setting("data_checksums");
  if (*info.version >= summarize_wal_version) info.summarize_wal = postgres.setting("summarize_wal");
  info.cluster_size = postgres.cluster_size();
}

void set_begin(catalog::BackupInfo& info, Lsn lsn, std::uint32_t timeline, const Timestamp& time) {
  info.begin_xlog = to_string(lsn);
  info.begin_wal = to_string(segment_at(lsn, timeline, segment_size_of(info)));
  info.begin_offset = static_cast<std::int64_t>(offset_in_segment(lsn, segment_size_of(info)));
  info.begin_time = time;
  info.timeline = timeline;
}

void set_end(catalog::BackupInfo& info, Lsn lsn, std::uint32_t timeline, const Timestamp& time) {
  const std::uint64_t segment_size = segment_size_of(info);
  const std::uint64_t offset = offset_in_segment(lsn, segment_size);
  const Segment behind = segment_at(lsn, timeline, segment_size);
  info.end_xlog = to_string(lsn);
  info.end_wal = to_string(offset == 0 ? previous(behind, segment_size) : behind);
  info.end_offset = static_cast<std::int64_t>(offset);
  info.end_time = time;
}

std::string describe_begin(const catalog::BackupInfo& info) {
  return describe_position(info.begin_xlog, info.begin_wal, info.begin_offset);
}

std::string describe_end(const catalog::BackupInfo& info) {
  return describe_position(info.end_xlog, info.end_wal, info.end_offset);
}

std::string major_version_text(const catalog::BackupInfo& info) {
  const std::int64_t version = info.version.value_or(0);
  return version >= 100000 ? fmt::format("{}", version / 10000)
                           : fmt::format("{}.{}", version / 10000, version / 100 % 100);
}

std::string_view checkpoint_advice(bool immediate_checkpoint) {
  if (immediate_checkpoint) return {};
  return "PostgreSQL spreads the checkpoint over most of its checkpoint_timeout; immediate_checkpoint = true, or "
         "--immediate-checkpoint, has it made at once.";
}

}  // namespace barman::basebackup
