#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/xlogdb.h"

namespace barman::catalog {

// What the WAL index says about one backup (algorithms.md 11.1).
struct WalWindow {
  std::int64_t wal_num = 0;                // begin_wal..end_wal
  std::int64_t wal_size = 0;
  std::int64_t wal_until_next_num = 0;     // after end_wal up to the next backup's end_wal
  std::int64_t wal_until_next_size = 0;
  std::optional<double> wals_per_second;
  double wal_compression_ratio = 0;
  double wal_until_next_compression_ratio = 0;
  std::optional<std::string> wal_last;
};

// Windows of all the given backups in ONE pass over the index, however many backups. Keyed by backup id. A bad line is
// reported to `on_error` once and ends the pass (the windows hold what was counted before).
std::map<std::string, WalWindow> wal_windows(const BackupCatalog& catalog, const std::vector<const BackupInfo*>& backups,
                                             const XlogDb& xlogdb,
                                             const std::function<void(const std::string&)>& on_error);

}  // namespace barman::catalog
