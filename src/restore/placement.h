#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/restore/request.h"

namespace barman::restore {

// A tablespace of the backup and where it goes.
struct PlacedTablespace {
  std::string name;
  std::int64_t oid = 0;
  std::string location;
};

std::vector<PlacedTablespace> placed_tablespaces(const catalog::BackupInfo& backup,
                                                 const std::map<std::string, std::string>& relocations);

// Two of the restore's directories that are the same place, for a refusal by name; nullopt: each has its own.
// `directories`: the destination, then the location of each tablespace, as the target host resolves them.
std::optional<std::string> same_place(const std::vector<std::string>& directories,
                                      const std::vector<PlacedTablespace>& tablespaces);

// What to do about a tablespace's location that cannot be used on the target host.
std::string relocation_hint(const PlacedTablespace& tablespace);

// Directory of the WAL files that recovery reads: pg_wal itself, or for a point in time a directory that recovery
// removes at its end.
std::string wal_destination(const catalog::BackupInfo& backup, const std::string& destination, bool pitr,
                            const std::optional<std::string>& staging_wal_directory);

// `path` below `directory` as an absolute rsync pattern ("/ts"); empty when it is not below.
std::string pattern_below(const std::string& directory, const std::string& path);

}  // namespace barman::restore
