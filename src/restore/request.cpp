#include "barman/restore/request.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/wal/segment.h"
#include "placement.h"
#include "running_cluster.h"

namespace barman::restore {

namespace {

constexpr std::string_view remote_hint =
    "HINT: If you want to do a remote recovery you have to use the --remote-ssh-command option";

[[noreturn]] void refuse(const std::string& text) { throw Error(Errc::refused, text); }

void refuse_what_this_build_lacks(const catalog::BackupInfo& backup) {
  if (backup.type() != catalog::BackupType::snapshot) return;
  throw Error(
      Errc::unsupported,
      fmt::format("Cannot restore backup {}: this build does not restore snapshot backups yet", backup.backup_id),
      "restore it with Barman itself; nothing has been changed");
}

void check_relocations(const RestoreRequest& request, const catalog::BackupInfo& backup) {
  std::vector<std::string> known;
  for (const catalog::Tablespace& tablespace : backup.tablespaces.value_or(std::vector<catalog::Tablespace>()))
    known.push_back(tablespace.name);
  for (const auto& [name, location] : request.relocations) {
    if (std::ranges::find(known, name) != known.end()) continue;
    refuse(known.empty()
               ? fmt::format("Invalid tablespace name '{}'\nHINT: This backup has no tablespaces", name)
               : fmt::format("Invalid tablespace name '{}'\nHINT: Please use any of the following tablespaces: {}",
                             name, join(known, ", ")));
  }
}

std::vector<std::string> destinations(const std::string& destination,
                                      const std::vector<PlacedTablespace>& tablespaces) {
  std::vector<std::string> directories = {destination};
  for (const PlacedTablespace& tablespace : tablespaces) directories.push_back(tablespace.location);
  return directories;
}

void refuse_same_place(const std::vector<std::string>& directories, const std::vector<PlacedTablespace>& tablespaces) {
  if (const auto problem = same_place(directories, tablespaces))
    throw Error(Errc::refused, fmt::format("The restore operation cannot proceed. {}", *problem),
                "give each tablespace its own location with --tablespace NAME:LOCATION");
}

// Links may lead to one place, too. A host whose readlink cannot do it is content with the names.
std::vector<std::string> resolved(std::vector<std::string> directories, fs::Host& host) {
  std::vector<std::string> argv = {"readlink", "-z", "-m", "--"};
  argv.insert(argv.end(), directories.begin(), directories.end());
  exec::Command command(std::move(argv), exec::Limits::within(host.patience()));
  command.log_output = false;
  const exec::Outcome outcome = host.runner().run(command);
  std::vector<std::string> real = split(outcome.out, '\0');
  if (outcome.ok() && real.size() == directories.size() + 1) {
    real.pop_back();
    return real;
  }
  return directories;
}

// A destination may hold hidden entries (a file system's own): they are never touched.
bool has_visible_entries(fs::Host& host, const std::string& directory) {
  return std::ranges::any_of(host.list(directory), [](const std::string& name) { return !name.starts_with('.'); });
}

// Of a tablespace: its place may be another user's, or of another kind, and can be changed.
bool has_visible_entries(fs::Host& host, const PlacedTablespace& tablespace) {
  try {
    return has_visible_entries(host, tablespace.location);
  } catch (const Error& error) {
    if (error.code() == Errc::timeout) throw;
    throw Error(error.code(),
                fmt::format("unable to read the destination path '{}' for the tablespace '{}': {}", tablespace.location,
                            tablespace.name, error.what()),
                relocation_hint(tablespace));
  }
}

}  // namespace

std::map<std::string, std::string> parse_relocations(const std::vector<std::string>& rules) {
  std::map<std::string, std::string> relocations;
  for (const std::string& rule : rules) {
    const std::size_t colon = rule.find(':');
    if (colon == std::string::npos)
      refuse(
          fmt::format("Invalid tablespace relocation rule '{}'\n"
                      "HINT: The valid syntax for a relocation rule is NAME:LOCATION",
                      rule));
    relocations[rule.substr(0, colon)] = rule.substr(colon + 1);
  }
  return relocations;
}

void check_restorable(const RestoreRequest& request, const catalog::BackupInfo& backup,
                      const config::ServerConfig& config) {
  if (count_exclusive_targets(request.target) > 1)
    refuse("You cannot specify multiple targets for the recovery operation");
  if (request.staging_location == config::StagingLocation::remote && !request.remote_ssh_command)
    refuse("--staging-location as remote requires --remote-ssh-command to be set");
  if (!backup.copy_done())
    refuse(fmt::format("Cannot restore from backup '{}' of server '{}': backup status is not DONE",
                       request.backup_argument, config.name));
  refuse_what_this_build_lacks(backup);
}

void check_staging(const RestoreRequest& request, const Chain& chain, const config::ServerConfig& config) {
  const auto refuse_without = [&](const std::string& purpose) {
    refuse(fmt::format(
        "Cannot restore from backup '{}' of server '{}': backup {} was provided. Please set staging_path and "
        "staging_location in the server configuration file, or use their equivalent CLI options "
        "--staging-path and --staging-location",
        request.backup_argument, config.name, purpose));
  };
  for (const catalog::BackupInfo* member : chain)
    if (member->encryption && !request.staging_for_decryption)
      refuse_without(
          fmt::format("is encrypted with '{}' and it will be decrypted in the barman host but no staging path "
                      "and location",
                      *member->encryption));
  for (const catalog::BackupInfo* member : chain)
    if (member->compression && !request.staging_for_decompression)
      refuse_without(
          fmt::format("is compressed with {} compression and it will be decompressed in a staging area but no "
                      "staging path",
                      *member->compression));
  if (chain.size() > 1 && !request.staging_for_combination)
    refuse_without("has to be combined with pg_combinebackup in a staging area but no staging path and location");
}

void check_placement(const RestoreRequest& request, const Chain& chain) {
  const catalog::BackupInfo& backup = *chain.back();
  check_relocations(request, backup);
  if (request.destination.find(':') != std::string::npos)
    refuse(fmt::format("The destination directory parameter cannot contain the ':' character\n{}", remote_hint));
  if (request.network_compression && !request.remote_ssh_command)
    refuse(fmt::format("Network compression can only be used with remote recovery.\n{}", remote_hint));
  if (request.delta && !is_plain(chain)) {
    if (!request.remote_ssh_command)
      refuse("Cannot restore a backup locally with delta mode when the backup is not plain.");
    if (request.staging_location == config::StagingLocation::remote)
      refuse("Cannot restore a backup remotely with delta mode when 'staging_location=remote'.");
  }
  const auto tablespaces = placed_tablespaces(backup, request.relocations);
  refuse_same_place(destinations(request.destination, tablespaces), tablespaces);
}

void check_destination(const RestoreRequest& request, const catalog::BackupInfo& backup, fs::Host& target_host,
                       Notifier& notifier) {
  if (target_host.is_remote()) {
    const exec::Command probe({"true"}, exec::Limits::within(target_host.patience()));
    const exec::Outcome outcome = target_host.runner().run(probe);
    const std::string refusal =
        fmt::format("Unable to connect to the target host using the command '{}'", *request.remote_ssh_command);
    if (outcome.timed_out) throw Error(Errc::timeout, fmt::format("{}: {}", refusal, exec::describe(probe, outcome)));
    if (!outcome.ok()) refuse(refusal);
  }
  const auto tablespaces = placed_tablespaces(backup, request.relocations);
  if (!tablespaces.empty())
    refuse_same_place(resolved(destinations(request.destination, tablespaces), target_host), tablespaces);
  // A tablespace in use is not empty, which the other restores refuse in Barman's words.
  const std::vector<PlacedTablespace> none;
  refuse_running_cluster(request.destination, request.delta ? tablespaces : none, target_host, notifier);
  if (request.delta) return;
  constexpr std::string_view advice = "Please choose a different location or manually empty the folder.";
  if (has_visible_entries(target_host, request.destination))
    refuse(
        fmt::format("The restore operation cannot proceed because the destination folder '{}' is not empty. "
                    "To prevent accidental data loss, the destination must be empty. {}",
                    request.destination, advice));
  for (const PlacedTablespace& tablespace : tablespaces)
    if (has_visible_entries(target_host, tablespace))
      refuse(
          fmt::format("The restore operation cannot proceed. The destination path '{}' for the tablespace '{}' is "
                      "not empty. To prevent accidental data loss, the tablespace destination must be empty. {}",
                      tablespace.location, tablespace.name, advice));
}

const catalog::BackupInfo& choose_backup(const catalog::BackupCatalog& backups, const TargetRequest& target,
                                         std::optional<std::uint32_t> highest) {
  if (const auto option = target_without_backup_id(target))
    refuse(
        fmt::format("For PITR without a backup_id, the only possible recovery targets are target_time and "
                    "target_lsn. '{}' recovery target is not allowed without a backup_id.",
                    *option));
  const auto time = target.time ? std::optional(parse_target_time(*target.time).time) : std::nullopt;
  const auto lsn = target.lsn ? std::optional(parse_target_lsn(*target.lsn)) : std::nullopt;
  std::optional<std::int64_t> timeline;
  if (target.timeline == "current")
    refuse("'current' is not a valid timeline keyword when recovering without a backup_id");
  if (target.timeline) timeline = *target.timeline == "latest" ? highest.value_or(1) : parse_decimal(*target.timeline);

  const auto& order = backups.in_order();
  for (auto entry = order.rbegin(); entry != order.rend(); ++entry) {
    const catalog::BackupInfo& backup = **entry;
    if (!backup.copy_done() || backups.is_half_deleted(backup.backup_id)) continue;
    if (time && !(backup.end_time && *backup.end_time <= *time)) continue;
    const auto end = parse_lsn(backup.end_xlog.value_or(""));
    if (lsn && !(end && *end <= *lsn)) continue;
    if (timeline && backup.timeline != timeline) continue;
    return backup;
  }
  refuse("Cannot find any candidate backup for recovery.");
}

}  // namespace barman::restore
