#include "placement.h"

namespace barman::restore {

std::vector<PlacedTablespace> placed_tablespaces(const catalog::BackupInfo& backup,
                                                 const std::map<std::string, std::string>& relocations) {
  std::vector<PlacedTablespace> placed;
  if (!backup.tablespaces) return placed;
  for (const catalog::Tablespace& tablespace : *backup.tablespaces) {
    const auto rule = relocations.find(tablespace.name);
    placed.push_back({tablespace.name, tablespace.oid, rule == relocations.end() ? tablespace.location : rule->second});
  }
  return placed;
}

std::string wal_destination(const catalog::BackupInfo& backup, const std::string& destination, bool pitr,
                            const std::optional<std::string>& staging_wal_directory) {
  if (!pitr) return destination + "/" + backup.wal_directory_name();
  return staging_wal_directory.value_or(destination + "/barman_wal");
}

std::string pattern_below(const std::string& directory, const std::string& path) {
  const std::string root = directory.ends_with('/') ? directory : directory + "/";
  return path.size() > root.size() && path.starts_with(root) ? "/" + path.substr(root.size()) : std::string();
}

}  // namespace barman::restore
