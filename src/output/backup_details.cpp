#include <fmt/core.h>

#include "backup_words.h"
#include "barman/catalog/snapshots.h"
#include "barman/core/text.h"
#include "barman/output/catalog.h"

namespace barman::report {
namespace {

// Rows of show-backup: the name padded, a colon, the value.
class Rows {
 public:
  explicit Rows(output::Writer& writer) : writer_(writer) {}
  void top(std::string_view name, const std::string& value) { writer_.line(fmt::format("  {:<23}: {}", name, value)); }
  void section(std::string_view title) { writer_.line(fmt::format("  {}:", title)); }
  void row(std::string_view name, const std::string& value) {
    writer_.line(fmt::format("    {:<21}: {}", name, value));
  }
  void blank() { writer_.line(""); }

 private:
  output::Writer& writer_;
};

std::string text_of(const std::optional<std::string>& text) { return text.value_or("None"); }
std::string text_of(const std::optional<std::int64_t>& number) { return number ? fmt::format("{}", *number) : "None"; }
std::string text_of(const std::optional<Timestamp>& time) { return time ? to_python(*time) : "None"; }

void write_server(const BackupDetails& report, Rows& rows) {
  if (!report.data_checksums && !report.summarize_wal) return;
  rows.section("Server information");
  if (report.data_checksums) rows.row("Checksums", *report.data_checksums);
  if (report.summarize_wal) rows.row("WAL summarizer", *report.summarize_wal);
  rows.blank();
}

void write_snapshots(const std::string& literal, Rows& rows) {
  const auto info = catalog::read_snapshots(literal);
  if (!info) return;
  const auto row = [&rows](const std::string& name, const catalog::SnapshotsInfo::Value& value) {
    rows.row(name, catalog::python_text(value));
  };
  rows.section("Snapshot information");
  rows.row("provider", info->provider);
  for (const auto& [name, value] : info->provider_info) row(name, value);
  rows.blank();
  for (const auto& snapshot : info->snapshots) {
    for (const auto& [name, value] : snapshot.provider) row(name, value);
    row("Mount point", snapshot.mount_point);
    row("Mount options", snapshot.mount_options);
    rows.blank();
  }
}

void write_copy(const CopiedBackup::Copy& copy, Rows& rows) {
  std::string duration = duration_text(copy.seconds);
  if (starts_slowly(copy)) duration += fmt::format(" + {} startup", duration_text(*copy.analysis_seconds));
  rows.row("Copy time", duration);
  if (!copy.bytes_per_second) return;
  std::string rate = human_size(*copy.bytes_per_second) + "/s";
  if (copy.workers > 1) rate += fmt::format(" ({} jobs)", copy.workers);
  rows.row("Estimated throughput", rate);
}

void write_base(const CopiedBackup& backup, Rows& rows) {
  rows.section("Base backup information");
  rows.row("Backup Method", text_of(backup.method));
  if (backup.encryption) rows.row("Encryption", *backup.encryption);
  if (backup.by_pg_basebackup) rows.row("Backup Type", backup.type);
  std::string size = human_size(backup.size);
  if (backup.wal_size > 0) size += fmt::format(" ({} with WALs)", human_size(backup.size + backup.wal_size));
  rows.row("Backup Size", size);
  if (backup.compression && *backup.compression != "none") rows.row("Backup Compression", *backup.compression);
  if (backup.wal_size > 0) rows.row("WAL Size", human_size(backup.wal_size));
  if (backup.saved)
    rows.row("Resources saved", fmt::format("{} ({})", human_size(backup.saved->bytes), percent(backup.saved->ratio)));
  rows.row("Timeline", text_of(backup.timeline));
  rows.row("Begin WAL", text_of(backup.begin_wal));
  rows.row("End WAL", text_of(backup.end_wal));
  if (backup.wal_count > 0) rows.row("Number of WALs", fmt::format("{}", backup.wal_count));
  if (backup.wal_compression > 0) rows.row("WAL compression ratio", percent(backup.wal_compression));
  rows.row("Begin time", text_of(backup.begin_time));
  rows.row("End time", text_of(backup.end_time));
  if (backup.copy) write_copy(*backup.copy, rows);
  rows.row("Begin Offset", text_of(backup.begin_offset));
  rows.row("End Offset", text_of(backup.end_offset));
  rows.row("Begin LSN", text_of(backup.begin_lsn));
  rows.row("End LSN", text_of(backup.end_lsn));
  rows.blank();
}

void write_wal(const CopiedBackup& backup, Rows& rows) {
  rows.section("WAL information");
  rows.row("Number of files", fmt::format("{}", backup.later_wal_count));
  rows.row("Disk usage", human_size(backup.later_wal_size));
  if (has_rate(backup)) rows.row("WAL rate", hourly(*backup.wals_per_second));
  if (backup.later_wal_compression > 0) rows.row("Compression ratio", percent(backup.later_wal_compression));
  rows.row("Last available", text_of(backup.last_wal));
  if (!backup.timelines.empty()) {
    std::string list;
    for (const std::uint32_t timeline : backup.timelines)
      list += fmt::format("{}{}", list.empty() ? "" : ", ", timeline);
    rows.row("Reachable timelines", list);
  }
  rows.blank();
}

void write_catalogue(const CopiedBackup& backup, Rows& rows, output::Writer& writer) {
  rows.section("Catalog information");
  rows.row("Retention Policy", backup.retention.value_or(not_enforced));
  rows.row("Previous Backup", backup.previous.value_or(is_oldest));
  rows.row("Next Backup", backup.next.value_or(is_latest));
  if (!backup.timelines.empty()) {
    rows.blank();
    writer.line("WARNING: WAL information is inaccurate due to multiple timelines interacting with this backup");
  }
  if (backup.chain) {
    rows.row("Root Backup", backup.chain->root);
    rows.row("Parent Backup", backup.chain->parent);
    rows.row("Backup chain size", fmt::format("{}", backup.chain->size));
  }
  if (backup.by_pg_basebackup && !backup.children.empty()) rows.row("Children Backup(s)", join(backup.children, ","));
}

}  // namespace

void write_console(const BackupDetails& report, output::Writer& writer) {
  Rows rows(writer);
  writer.line(fmt::format("Backup {}:", report.id));
  if (report.name) rows.top("Backup Name", *report.name);
  rows.top("Server Name", report.server);
  if (report.system_id) rows.top("System Id", *report.system_id);
  rows.top("Status", report.status);
  if (!report.copied) {
    rows.blank();
    write_server(report, rows);
    if (report.error) rows.top("Error", *report.error);
    return;
  }
  const CopiedBackup& backup = *report.copied;
  rows.top("PostgreSQL Version", text_of(backup.version));
  rows.top("PGDATA directory", text_of(backup.pgdata));
  if (backup.cluster_size) rows.top("Estimated Cluster Size", human_size(*backup.cluster_size));
  rows.blank();
  write_server(report, rows);
  if (backup.snapshots) write_snapshots(*backup.snapshots, rows);
  if (!backup.tablespaces.empty()) {
    rows.section("Tablespaces");
    for (const TablespaceLine& space : backup.tablespaces)
      rows.row(space.name, fmt::format("{} (oid: {})", space.location, space.oid));
    rows.blank();
  }
  write_base(backup, rows);
  write_wal(backup, rows);
  write_catalogue(backup, rows, writer);
}

}  // namespace barman::report
