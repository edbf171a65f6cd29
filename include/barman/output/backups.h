#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/output/writer.h"
#include "barman/report/backups.h"

namespace barman::report {

// list-backups: commands.md 3.5, json.md 3.6.
void write_console(const BackupList& report, output::Writer& writer);
void write_json(const BackupList& report, nlohmann::json& root);

// show-backup: commands.md 3.5, json.md 3.7.
void write_console(const BackupDetails& report, output::Writer& writer);
void write_json(const BackupDetails& report, nlohmann::json& root);

// keep --status: json.md 3.4.
void write_console(const KeepStatus& report, output::Writer& writer);
void write_json(const KeepStatus& report, nlohmann::json& root);

// A backup that was just taken. People have read about it on the way; JSON gets its metadata at the top level
// (json.md 3.8).
struct TakenBackup {
  const catalog::BackupInfo& info;
  bool on_terminal = false;  // names of WAL may have pushed what they have read off the screen: a last line sums it up
};
void write_console(const TakenBackup& report, output::Writer& writer);
void write_json(const TakenBackup& report, nlohmann::json& root);

// Backups in an object store (cloud.md, sections 5 and 6): all that their entries say. What is shown of one to people
// is BackupDetails.
struct StoredBackup {
  const catalog::BackupInfo& info;
};
void write_json(const StoredBackup& report, nlohmann::json& root);

struct StoredBackups {
  struct Entry {
    const catalog::BackupInfo* info;
    std::string archival_status;  // "KEEP:FULL", "FAILED", or nothing
  };
  std::vector<Entry> entries;
};
void write_console(const StoredBackups& report, output::Writer& writer);
void write_json(const StoredBackups& report, nlohmann::json& root);

// commands.md 3.7 and json.md 3.9.
void write_console(const RestoreReport& report, output::Writer& writer);
void write_json(const RestoreReport& report, nlohmann::json& root);

}  // namespace barman::report
