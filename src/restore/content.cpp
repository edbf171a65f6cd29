#include "content.h"

#include <fmt/core.h>

#include "barman/catalog/backup_catalog.h"

namespace barman::restore {

namespace {

constexpr mode_t private_directory = 0700;

std::string_view name_of(Place place) {
  if (place == Place::archives_there) return "archives";
  return place == Place::combined_here ? "combined" : "unpacked";
}

}  // namespace

const std::vector<catalog::Tablespace>& tablespaces_of(const catalog::BackupInfo& backup) {
  static const std::vector<catalog::Tablespace> none;
  return backup.tablespaces ? *backup.tablespaces : none;
}

const StagingDirectory& Content::area(Place place) {
  std::optional<StagingDirectory>& area = is_here(place) ? here_ : there_;
  if (!area)
    area.emplace(request_.staging_path.value_or(std::string(default_staging_path)),
                 area_owner(run_.server.config().backup_directory), host_of(place));
  return *area;
}

std::string Content::directory(Place place) { return fmt::format("{}/{}", area(place).path(), name_of(place)); }

Tree Content::tree(const catalog::BackupInfo& member, Place place) {
  Tree tree;
  if (place == Place::destination) {
    tree.data = request_.destination;
    for (const PlacedTablespace& tablespace : placed_) tree.tablespaces.push_back(tablespace.location);
    return tree;
  }
  const catalog::BackupCatalog& backups = run_.server.backups();
  const std::string base =
      place == Place::catalogue ? std::string() : fmt::format("{}/{}", directory(place), member.backup_id);
  tree.data = place == Place::catalogue ? backups.data_directory(member.backup_id) : base + "/data";
  for (const catalog::Tablespace& tablespace : tablespaces_of(member))
    tree.tablespaces.push_back(place == Place::catalogue
                                   ? backups.tablespace_directory(member.backup_id, tablespace.oid)
                                   : fmt::format("{}/{}", base, tablespace.oid));
  return tree;
}

void Content::make_tree(const Tree& tree, Place place) const {
  for (const std::string& tablespace : tree.tablespaces) host_of(place).make_directories(tablespace, private_directory);
  host_of(place).make_directories(tree.data, private_directory);
}

void Content::discard(Place place) { host_of(place).remove_tree(directory(place)); }

std::string Content::pid_file(Place place) const {
  const std::optional<StagingDirectory>& area = is_here(place) || !run_.target_host.is_remote() ? here_ : there_;
  return area ? area->pid_file() : std::string();
}

}  // namespace barman::restore
