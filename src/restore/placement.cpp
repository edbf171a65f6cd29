#include "placement.h"

#include <fmt/core.h>

#include <filesystem>

#include "barman/core/error.h"

namespace barman::restore {

namespace {

// Without "." and "..", doubled or trailing slashes.
std::string plain(const std::string& path) {
  const std::filesystem::path normal = std::filesystem::path(path).lexically_normal();
  return normal.has_filename() ? normal.string() : normal.parent_path().string();
}

}  // namespace

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

std::optional<std::string> same_place(const std::vector<std::string>& directories,
                                      const std::vector<PlacedTablespace>& tablespaces) {
  for (std::size_t i = 0; i < tablespaces.size(); ++i) {
    const std::string place = plain(directories.at(i + 1));
    if (place == plain(directories.at(0)))
      return fmt::format("The destination path '{}' for the tablespace '{}' is the destination folder itself.",
                         tablespaces[i].location, tablespaces[i].name);
    for (std::size_t earlier = 0; earlier < i; ++earlier)
      if (place == plain(directories.at(earlier + 1)))
        return fmt::format("The tablespaces '{}' and '{}' have the same destination path '{}'.",
                           tablespaces[earlier].name, tablespaces[i].name, tablespaces[i].location);
  }
  return std::nullopt;
}

std::string relocation_hint(const PlacedTablespace& tablespace) {
  return fmt::format("put it somewhere else with --tablespace '{}:DIRECTORY'", tablespace.name);
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
