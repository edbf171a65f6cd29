#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "barman/catalog/backup_catalog.h"
#include "barman/cloud/place.h"
#include "barman/cloud/restore.h"
#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/fs/file.h"
#include "barman/restore/restore.h"
#include "content.h"
#include "manifest_size.h"
#include "placement.h"
#include "staging.h"

namespace barman::restore {

namespace {

using catalog::BackupInfo;

std::string name_of(const fs::Host& host) { return host.is_remote() ? "the target host" : "this host"; }

// Whether the links of a plain member lead to its own tablespaces in the catalogue.
bool is_misplaced(const BackupInfo& member, const catalog::BackupCatalog& backups) {
  return std::ranges::any_of(tablespaces_of(member), [&](const catalog::Tablespace& tablespace) {
    const std::string link = fmt::format("{}/pg_tblspc/{}", backups.data_directory(member.backup_id), tablespace.oid);
    const auto info = fs::lstat_if_exists(link);
    return !info || !S_ISLNK(info->st_mode) ||
           fs::real_path(link) != fs::real_path(backups.tablespace_directory(member.backup_id, tablespace.oid));
  });
}

std::set<std::string> misplaced_members(const Chain& chain, const catalog::BackupCatalog& backups) {
  std::set<std::string> misplaced;
  if (backups.elsewhere()) return misplaced;
  for (const BackupInfo* member : chain)
    if (!is_packed(*member) && is_misplaced(*member, backups)) misplaced.insert(member->backup_id);
  return misplaced;
}

// pg_combinebackup takes only empty directories.
void require_bare(const RestoreRequest& request, const std::vector<PlacedTablespace>& placed, fs::Host& host) {
  std::vector<std::string> directories = {request.destination};
  for (const PlacedTablespace& tablespace : placed) directories.push_back(tablespace.location);
  for (const std::string& directory : directories) {
    const std::vector<std::string> entries = host.list(directory);
    if (entries.empty()) continue;
    throw Error(
        Errc::refused,
        fmt::format("The restore operation cannot proceed because pg_combinebackup needs an empty directory, and "
                    "'{}' holds '{}'.",
                    directory, entries.front()),
        "choose a directory below it, or a different location");
  }
}

bool on_one_file_system(const std::vector<std::string>& paths, fs::Host& host) {
  const auto facts = file_systems_of(paths, host);
  return std::ranges::all_of(facts, [&](const auto& each) { return each && each->device == facts.front()->device; });
}

Combination choose_combination(const RestoreRequest& request, const std::vector<PlacedTablespace>& placed,
                               const Chain& chain, const std::vector<Step>& steps, const RestoreRun& run) {
  const auto combine = std::ranges::find(steps, Action::combine, &Step::action);
  fs::Host& host = is_here(combine->to) ? run.server.local_host() : run.target_host;
  const exec::PgTool tool = choose_tool(exec::list_pg_tools(host.runner(), "pg_combinebackup", host.patience()),
                                        *chain.back(), name_of(host));
  ModeFacts facts{.target_is_remote = run.target_host.is_remote(), .client_major = tool.major()};
  facts.downloaded = run.server.backups().elsewhere();
  if (facts.downloaded || (request.combine_mode == CombineMode::link && facts.target_is_remote)) {
    const std::string area = request.staging_path.value_or(std::string(default_staging_path));
    const auto brought = std::ranges::count_if(
        steps, [](const Step& step) { return step.to == Place::work_area_here || step.to == Place::work_area_there; });
    facts.reads_catalogue = static_cast<std::size_t>(brought) < chain.size();
    std::vector<std::string> paths = {area};
    if (facts.reads_catalogue) paths.push_back(run.server.backups().data_directory(chain.back()->backup_id));
    if (combine->to == Place::destination) {
      paths.push_back(request.destination);
      for (const PlacedTablespace& tablespace : placed) paths.push_back(tablespace.location);
    }
    facts.one_file_system = on_one_file_system(paths, host);
  }
  ModeChoice choice = choose_mode(request.combine_mode, facts);
  for (const std::string& warning : choice.warnings) run.server.notifier().warning(warning);
  if (choice.mode == CombineMode::link && request.combine_mode != CombineMode::link)
    run.server.notifier().info(
        "Automatically setting 'combine_mode' to 'link' during the cloud backup restore for better performance during "
        "combination of backups.");
  return {tool, choice.mode};
}

// Archives are stored compressed only by others than us.
MemberSize size_in_store(const BackupInfo& member) {
  const std::int64_t stored = member.size.value_or(0);
  return {stored, member.parent_backup_id ? stored : std::max(stored, member.cluster_size.value_or(0))};
}

MemberSize size_of(const BackupInfo& member, const catalog::BackupCatalog& backups) {
  if (backups.elsewhere()) return size_in_store(member);
  const std::string manifest = backups.data_directory(member.backup_id) + "/backup_manifest";
  const std::int64_t stored = member.size.value_or(0);
  const std::int64_t listed = fs::exists(manifest) ? size_in_manifest(manifest) : 0;
  if (listed > 0) return {stored, listed};
  return {stored, is_packed(member) ? member.cluster_size.value_or(stored) : stored};
}

void require_room_on(fs::Host& host, const std::string& path, std::int64_t needed) {
  if (needed == 0) return;
  const auto facts = file_systems_of({path}, host).front();
  if (!facts || facts->free_bytes >= needed) return;
  throw Error(
      Errc::refused,
      fmt::format("The restore operation cannot proceed because the staging path '{}' of {} has room for {}, and "
                  "the backup needs {} there.",
                  path, name_of(host), human_size(facts->free_bytes), human_size(needed)),
      "make room, or choose another place with --staging-path; nothing has been written");
}

// Returns the bytes of what will be at the destination.
std::int64_t require_room(const RestoreRequest& request, const Chain& chain, const std::vector<Step>& steps,
                          const RestoreRun& run) {
  std::map<std::string, MemberSize> sizes;
  std::int64_t all = 0;
  for (const BackupInfo* member : chain)
    all += (sizes[member->backup_id] = size_of(*member, run.server.backups())).unpacked;
  const std::int64_t whole = chain.size() == 1 ? all : chain.back()->cluster_size.value_or(all);
  const RoomNeeded needed = room_needed(steps, sizes, whole);
  const std::string path = request.staging_path.value_or(std::string(default_staging_path));
  const std::string owner = area_owner(run.server.config().backup_directory);
  const auto use = [&](bool here) {
    return !request.dry_run && std::ranges::any_of(steps, [&](const Step& step) {
      return step.to != Place::destination && is_here(step.to) == here;
    });
  };
  if (use(true)) remove_abandoned_areas(path, owner, run.server.local_host());
  if (use(false)) remove_abandoned_areas(path, owner, run.target_host);
  require_room_on(run.server.local_host(), path, needed.here);
  require_room_on(run.target_host, path, needed.there);
  return whole;
}

// A backup of which an archive is missing is refused before anything is written.
void require_objects(const Chain& chain, ServerContext& server) {
  const cloud::Place* place = server.backups().elsewhere() ? server.backup_place() : nullptr;
  if (place == nullptr) return;
  for (const BackupInfo* member : chain) cloud::require_archives({place->layout, *member, "/", {}}, *place->store);
}

}  // namespace

Preparation prepare(const RestoreRequest& request, const Chain& chain, const RestoreRun& run) {
  const catalog::BackupCatalog& backups = run.server.backups();
  require_objects(chain, run.server);
  Preparation preparation;
  if (chain.size() == 1) {
    preparation.steps = plan_steps(chain, request, run.target_host.is_remote(), backups.elsewhere());
  } else {
    const auto placed = placed_tablespaces(*chain.back(), request.relocations);
    preparation.steps =
        plan_steps(chain, request, run.target_host.is_remote(), backups.elsewhere(), misplaced_members(chain, backups));
    if (preparation.steps.back().action == Action::combine) require_bare(request, placed, run.target_host);
    preparation.combination = choose_combination(request, placed, chain, preparation.steps, run);
  }
  if (gained_checksums(chain))
    run.server.notifier().warning(
        "You are restoring from an incremental backup where checksums were enabled on that backup, but not all backups "
        "in the chain. It is advised to disable, and optionally re-enable, checksums on the destination directory to "
        "avoid failures.");
  if (any_encrypted(chain) && request.staging_location == config::StagingLocation::remote)
    run.server.notifier().warning(
        "'staging_location' is set to 'remote', but decryption requires GPG,which is configured on the Barman host. For "
        "this reason, decryption will be performed locally, as if 'staging_location' were set to 'local'. This applies "
        "only to decryption, other steps will still honor the configured 'staging_location'.");
  preparation.whole = require_room(request, chain, preparation.steps, run);
  return preparation;
}

}  // namespace barman::restore
