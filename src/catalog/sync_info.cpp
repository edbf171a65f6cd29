#include "barman/catalog/sync_info.h"

#include <fmt/core.h>

#include "barman/core/error.h"

namespace barman::catalog {

SyncInfo collect_sync_info(const BackupCatalog& backups, const XlogDb& xlogdb,
                           const std::optional<std::string>& last_wal) {
  SyncInfo info;
  backups.require_all_readable();
  for (const auto& [id, backup] : backups.all())
    if (backup.copy_done() && !backups.is_half_deleted(id)) info.backups.emplace(id, backup);
  const BackupInfo* oldest = backups.oldest();
  const std::string begin = oldest == nullptr ? std::string() : oldest->begin_wal.value_or("");
  std::string first_name;
  std::int64_t position = 0;
  xlogdb.for_each([&](const WalEntryView& entry) {
    if (first_name.empty()) first_name = entry.name;
    info.last_name = entry.name;
    info.last_position = position;
    position += static_cast<std::int64_t>(entry.line.size()) + 1;
    if (last_wal ? entry.name > *last_wal : oldest != nullptr && entry.name >= begin)
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
