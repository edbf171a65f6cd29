#include "barman/catalog/sync_info.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::catalog {

std::optional<std::string> first_needed_wal(const BackupCatalog& backups) {
  std::optional<std::string> first;
  for (const auto& [id, backup] : backups.all())
    if (backup.copy_done() && backup.begin_wal && (!first || *backup.begin_wal < *first)) first = backup.begin_wal;
  return first;
}

SyncInfo collect_sync_info(const BackupCatalog& backups, const XlogDb& xlogdb,
                           const std::optional<std::string>& last_wal, const IsArchived& is_archived) {
  SyncInfo info;
  backups.require_all_readable();
  for (const auto& [id, backup] : backups.all())
    if (backup.copy_done() && !backups.is_half_deleted(id) && fs::is_directory(backups.base_directory(id)))
      info.backups.emplace(id, backup);
  const std::string begin = first_needed_wal(backups).value_or("");
  std::string first_name;
  std::int64_t position = 0;
  xlogdb.for_each([&](const WalEntryView& entry) {
    if (first_name.empty()) first_name = entry.name;
    info.last_name = entry.name;
    info.last_position = position;
    position += static_cast<std::int64_t>(entry.line.size()) + 1;
    if ((last_wal ? entry.name > *last_wal : entry.name >= begin) && is_archived(entry.name))
      info.wals.push_back(to_entry(entry));
    return true;
  });
  if (last_wal && !first_name.empty() && *last_wal < first_name)
    throw Error(Errc::refused,
                fmt::format("last_wal '{}' is older than the first available wal '{}'", *last_wal, first_name));
  if (last_wal && *last_wal > info.last_name)
    throw Error(Errc::refused,
                fmt::format("last_wal '{}' is newer than the last available wal  '{}'", *last_wal, info.last_name));
  return info;
}

}  // namespace barman::catalog
