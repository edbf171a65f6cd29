#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/backup_info.h"
#include "barman/catalog/xlogdb.h"
#include "barman/config/server_config.h"

// What a passive node knows of its primary node (formats.md section 12).
namespace barman::catalog {

// The document of `sync-info`, as far as a passive node reads it.
struct PrimaryInfo {
  std::string last_name;           // newest file in the index of the primary; empty: none
  std::int64_t last_position = 0;  // where its line begins
  std::map<std::string, BackupInfo> backups;
  std::vector<WalEntry> wals;  // in the order of the primary's index
  std::optional<std::string> compression;
  std::string basebackups_directory, wals_directory;
};

// Throws Error(corrupt) naming what is not as it should be; a field of a backup that we do not know is refused.
PrimaryInfo parse_primary_info(std::string_view json);

// Not a path, nor hidden: an id that another machine reports may become a name here.
bool is_safe_backup_id(std::string_view id);

inline constexpr std::size_t largest_primary_info = 256 * 1024 * 1024;
std::string primary_info_path(const config::ServerConfig& config);  // {backup_directory}/primary.info
// Throws Error(not_found) "Cannot open primary.info file for server {S}: ...".
PrimaryInfo read_primary_info(const config::ServerConfig& config);

// Up to where the WAL of the primary has been copied: wals/sync-wals.info, "{name}\t{position}".
struct SyncPoint {
  std::string name;
  std::int64_t position = 0;
};

// What is reported to a passive node of a server (formats.md section 12).
struct SyncInfo {
  std::string last_name;           // of the last line of the index; empty: there is none
  std::int64_t last_position = 0;  // where that line begins
  std::map<std::string, BackupInfo> backups;
  std::vector<WalEntry> wals;
};

// Where the WAL begins that the backups of the catalogue need: the lowest begin of all, whatever the order of their
// ids.
std::optional<std::string> first_needed_wal(const BackupCatalog& backups);

// One pass over the index. WAL behind `last_wal`; without it, WAL from the first that a backup needs on, or all. Only
// what is there is reported: a passive node would ask for the rest in vain, and get nothing at all. Throws
// Error(refused) for a last_wal outside the index.
using IsArchived = std::function<bool(std::string_view name)>;
SyncInfo collect_sync_info(const BackupCatalog& backups, const XlogDb& xlogdb,
                           const std::optional<std::string>& last_wal, const IsArchived& is_archived);

}  // namespace barman::catalog
