#include "barman/app/catalog.h"
#include "barman/catalog/retention.h"
#include "barman/catalog/wal_window.h"
#include "retention_of.h"

namespace barman::app {
namespace {

using catalog::BackupInfo;

std::map<std::string, catalog::WalWindow> windows_of(Server& server, const std::vector<const BackupInfo*>& backups,
                                                     const TellError& tell) {
  try {
    return catalog::wal_windows(server.backups(), backups, server.xlogdb(), tell);
  } catch (const Error& error) {
    if (error.code() == Errc::interrupted) throw;
    tell(error);
    return {};
  }
}

report::BackupListEntry brief(const BackupInfo& backup) {
  report::BackupListEntry entry;
  entry.id = backup.backup_id;
  entry.name = backup.backup_name;
  entry.type = to_string(backup.type());
  entry.status = backup.status_text;
  entry.copied = backup.copy_done();
  return entry;
}

}  // namespace

report::BackupList list_backups(Server& server, bool minimal, const TellError& tell) {
  const auto& backups = server.backups().all();
  for (const auto& [id, error] : server.backups().unreadable()) tell(error);

  report::BackupList list;
  list.server = server.config().name;
  list.minimal = minimal;
  std::vector<const BackupInfo*> copied;
  for (auto at = backups.rbegin(); at != backups.rend(); ++at) {
    if (at->second.status == catalog::BackupStatus::unknown) continue;
    list.entries.push_back(brief(at->second));
    if (at->second.copy_done()) copied.push_back(&at->second);
  }
  if (minimal || copied.empty()) return list;

  const auto windows = windows_of(server, copied, tell);
  const auto retention = retention_of(server);
  for (report::BackupListEntry& entry : list.entries) {
    if (!entry.copied) continue;
    const BackupInfo& backup = backups.at(entry.id);
    const auto found = windows.find(entry.id);
    const catalog::WalWindow window = found == windows.end() ? catalog::WalWindow{} : found->second;
    entry.end_time = backup.end_time;
    entry.size = backup.size.value_or(0) + window.wal_size;
    entry.wal_size = window.wal_until_next_size;
    const auto status = retention.find(entry.id);
    if (status != retention.end() && status->second != catalog::RetentionStatus::valid)
      entry.retention = to_string(status->second);
  }
  return list;
}

}  // namespace barman::app
