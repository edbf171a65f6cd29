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

// For a backup that is restored alone: all the way to the destination.
std::vector<Step> steps_of(const catalog::BackupInfo& backup, const RestoreRequest& request, bool target_is_remote) {
  const std::string& id = backup.backup_id;
  if (!backup.compression) return {{id, Action::copy, Place::catalogue, Place::destination}};
  // tar writes without comparing with what is already there, so a delta restore unpacks elsewhere first.
  if (!target_is_remote && !request.delta) return {{id, Action::unpack, Place::catalogue, Place::destination}};
  if (request.staging_location == config::StagingLocation::remote)
    return {{id, Action::fetch, Place::catalogue, Place::target_work_area},
            {id, Action::unpack, Place::target_work_area, Place::destination}};
  return {{id, Action::unpack, Place::catalogue, Place::local_work_area},
          {id, Action::copy, Place::local_work_area, Place::destination}};
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

std::vector<Step> plan_steps(const std::vector<const catalog::BackupInfo*>& chain, const RestoreRequest& request,
                             bool target_is_remote) {
  if (chain.size() != 1)
    throw Error(Errc::unsupported, "this build does not combine block-level incremental backups yet",
                "restore it with Barman itself; nothing has been changed");
  return steps_of(*chain.front(), request, target_is_remote);
}

}  // namespace barman::restore
