// barman-cloud-backup-show: what the entry of one backup says.
#include <fmt/core.h>

#include "barman/cloud/catalogue.h"
#include "barman/output/backups.h"
#include "command.h"
#include "output_format.h"
#include "programs.h"

namespace barman::cloud::cli {
namespace {

using catalog::BackupInfo;

std::optional<report::CopiedBackup::Copy> copy_of(const BackupInfo& info) {
  if (!info.copy_stats || info.copy_stats->copy_time.value_or(0) == 0) return std::nullopt;
  report::CopiedBackup::Copy copy;
  copy.seconds = *info.copy_stats->copy_time;
  copy.analysis_seconds = info.copy_stats->analysis_time;
  return copy;
}

report::CopiedBackup copied(const BackupInfo& info) {
  report::CopiedBackup result;
  result.version = info.version;
  result.cluster_size = info.cluster_size;
  result.pgdata = info.pgdata;
  for (const catalog::Tablespace& space : info.tablespaces.value_or(std::vector<catalog::Tablespace>()))
    result.tablespaces.push_back({space.name, space.location, space.oid});
  result.method = info.mode;
  result.encryption = info.encryption;
  result.compression = info.compression;
  result.size = info.deduplicated_size.value_or(0);
  result.timeline = info.timeline;
  result.begin_offset = info.begin_offset;
  result.end_offset = info.end_offset;
  result.begin_wal = info.begin_wal;
  result.end_wal = info.end_wal;
  result.begin_lsn = info.begin_xlog;
  result.end_lsn = info.end_xlog;
  result.begin_time = info.begin_time;
  result.end_time = info.end_time;
  result.copy = copy_of(info);
  result.snapshots = info.snapshots_info;
  return result;
}

// JSON has the whole entry, the console what people look for.
struct Shown {
  const BackupInfo& info;
};

void write_console(const Shown& shown, output::Writer& writer) {
  const BackupInfo& info = shown.info;
  report::BackupDetails details;
  details.entry_alone = true;
  details.server = info.server_name;
  details.id = info.backup_id;
  details.status = info.status_text;
  details.name = info.backup_name;
  details.system_id = info.systemid;
  details.error = info.error;
  details.data_checksums = info.data_checksums;
  details.summarize_wal = info.summarize_wal;
  if (info.copy_done()) details.copied = copied(info);
  report::write_console(details, writer);
}

void write_json(const Shown& shown, nlohmann::json& root) {
  report::write_json(report::StoredBackup{shown.info}, root);
}

class BackupShow : public Command {
 public:
  void declare(usage::Options& options) override {
    declare_common(options, common_);
    declare_customer_key(options, common_, Use::read);
    declare_format(options, format_);
    declare_target(options, common_, Use::read);
    options.positional("backup_id", backup_,
                       "id, name or shortcut of the backup: first, oldest, last, latest, last-failed");
  }

  void run(Session& session) override {
    const std::string id = resolve_backup(session.store, session.layout, backup_);
    const auto info = read_backup(session.store, session.layout, id);
    if (!info) throw Failure(exit_refused, fmt::format("Backup {} for server {} does not exist", id, common_.server));
    write_result(Shown{*info}, format_);
  }

 private:
  std::string format_ = "console", backup_;
};

}  // namespace

std::unique_ptr<Command> backup_show_command() { return std::make_unique<BackupShow>(); }

}  // namespace barman::cloud::cli
