#include "barman/restore/restore.h"

#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/on_exit.h"
#include "barman/exec/command.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"
#include "base_copy.h"
#include "placement.h"
#include "recovery_configuration.h"
#include "restored_cluster.h"
#include "wal_delivery.h"

namespace barman::restore {

namespace {

constexpr std::string_view logger = "barman.restore";
constexpr std::string_view recover_info = ".barman-recover.info";
constexpr mode_t public_file = 0644;
constexpr mode_t public_directory = 0755;
constexpr mode_t private_directory = 0700;

std::optional<std::uint32_t> resolve_timeline(const std::string& text, const catalog::BackupInfo& backup,
                                              const archive::WalArchive& archive) {
  if (text == "current") return static_cast<std::uint32_t>(backup.timeline.value_or(1));
  if (text == "latest") return archive.highest_timeline().value_or(1);
  const auto number = parse_decimal(text);
  if (!number || *number < 1 || *number > 0xFFFFFFFF)
    throw Error(Errc::refused, fmt::format("'{}' is not a timeline", text), "give a number, 'current' or 'latest'");
  return static_cast<std::uint32_t>(*number);
}

// Resolves the target for this backup and reports what it assumes.
RecoveryTarget resolve_target(const TargetRequest& asked, const catalog::BackupInfo& backup, const RestoreRun& run) {
  RecoveryTarget target;
  if (asked.time) {
    const HumanTime time = parse_target_time(*asked.time);
    for (const std::string& doubt : doubts_about(time, *asked.time)) run.server.notifier().warning(doubt);
    target.time = time.time;
    if (backup.end_time && *target.time < *backup.end_time)
      throw Error(Errc::refused, fmt::format("The requested target time {} is before the backup end time {}",
                                             to_python(*target.time), to_python(*backup.end_time)));
  }
  if (asked.lsn) {
    target.lsn = parse_target_lsn(*asked.lsn);
    target.lsn_text = asked.lsn;
  }
  target.xid = asked.xid;
  target.name = asked.name;
  target.immediate = asked.immediate;
  target.exclusive = asked.exclusive;
  target.timeline = asked.timeline;
  if (asked.timeline) target.timeline_id = resolve_timeline(*asked.timeline, backup, run.server.archive());
  target.action = asked.action;
  if (asked.action && !target.is_pitr())
    throw Error(Errc::refused, "Can't enable recovery target action when PITR is not required");
  return target;
}

// A delta restore over an earlier one may trust files older than both backups' starts.
std::optional<Timestamp> safe_horizon(const RestoreRequest& request, const catalog::BackupInfo& backup,
                                      const RestoreRun& run) {
  const std::string path = fmt::format("{}/{}", request.destination, recover_info);
  const auto text = run.target_host.read_file_if_exists(path);
  if (!text || !backup.begin_time) return std::nullopt;
  try {
    const auto earlier = catalog::parse_backup_info(*text, path, backup.backup_id).begin_time;
    if (!earlier) return std::nullopt;
    const Timestamp horizon = std::min(*earlier, *backup.begin_time);
    run.server.notifier().info(fmt::format("Using safe horizon time for smart rsync copy: {}", to_python(horizon)));
    return horizon;
  } catch (const Error& error) {
    log::warning(logger, "cannot use '{}', every file will be compared: {}", path, error.what());
    return std::nullopt;
  }
}

// `combined`: the seconds that combining took at the destination, if nothing else was needed.
void leave_metadata(const RestoreRequest& request, catalog::BackupInfo backup, std::optional<double> combined,
                    fs::Host& host) {
  if (combined && !host.is_remote()) {
    backup.copy_stats.emplace();
    backup.copy_stats->source = fmt::format("{{'combine_time': {}}}", *combined);
  }
  host.write_file(fmt::format("{}/{}", request.destination, recover_info), catalog::serialize(backup), public_file);
  const std::string manifest = request.destination + "/backup_manifest";
  if (host.exists(manifest)) host.rename(manifest, fmt::format("{}.{}", manifest, backup.backup_id));
}

// The streamed partial segment that follows `last`, if it is there.
std::string following_partial(const WalList& names, const catalog::BackupInfo& backup, std::uint32_t timeline,
                              const archive::WalArchive& archive) {
  std::optional<Segment> last;
  names.for_each([&](const std::string& name) {
    const auto segment = parse_segment(name);
    if (segment && segment->timeline == timeline) last = std::max(last.value_or(*segment), *segment);
  });
  if (!last) return {};
  const Segment wanted = next(*last, static_cast<std::uint64_t>(backup.xlog_segment_size));
  const std::string path = archive.queue(archive::Origin::streaming).location(to_string(wanted) + ".partial");
  return fs::exists(path) ? path : std::string();
}

bool wants_partial(const RestoreRequest& request, const RecoveryTarget& target) {
  return request.partial_wal && !target.immediate;
}

// A passphrase that is missing is missed before anything is copied.
void look_at_wal(const RestoreRequest& request, const catalog::BackupInfo& backup, const RecoveryTarget& target,
                 const RestoreRun& run) {
  const std::uint32_t timeline = timeline_to_copy(backup, target, run.server.archive().highest_timeline());
  require_readable_wal(WalSelection(backup, target, timeline, wants_partial(request, target)), run);
}

void bring_wal(const RestoreRequest& request, const catalog::BackupInfo& backup, const RecoveryTarget& target,
               const std::string& destination, const RestoreRun& run) {
  const bool partial = wants_partial(request, target);
  const std::uint32_t timeline = timeline_to_copy(backup, target, run.server.archive().highest_timeline());
  const fs::TemporaryDirectory scratch("barman_wal_list-");
  WalList names(scratch.path() + "/names");
  WalSelection selection(backup, target, timeline, partial);
  run.server.archive().index().for_each([&](const catalog::WalEntryView& entry) {
    if (selection.wants(entry.name)) names.add(entry.name);
    return true;
  });
  names.finish();
  run.server.notifier().info("Copying required WAL segments.");
  const std::string extra = partial ? following_partial(names, backup, timeline, run.server.archive()) : std::string();
  if (!extra.empty()) run.server.notifier().info("Copying .partial WAL files.");
  const auto segment_size = static_cast<std::uint64_t>(backup.xlog_segment_size);
  run.progress.start("WAL", static_cast<std::int64_t>(names.size() * segment_size));
  const OnExit clear([&] { run.progress.finish(); });
  deliver_wal(request, names, extra, segment_size, destination, run);
  if (target.is_pitr()) return;
  run.server.notifier().info("Generating archive status files");
  mark_as_archived(names, extra, destination, run);
}

std::string own_user_name() {
  const passwd* entry = ::getpwuid(::geteuid());
  return entry == nullptr ? std::to_string(::geteuid()) : entry->pw_name;
}

std::string canonical_name(const std::string& name, const addrinfo& found) {
  return found.ai_canonname != nullptr ? found.ai_canonname : name;
}

// The name that the address leads back to: the first with a domain among it and its aliases, else the name itself.
std::string name_of_address(const sockaddr& address) {
  const bool v4 = address.sa_family == AF_INET;
  const void* bytes = v4 ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr)
                         : &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  hostent entry{};
  hostent* result = nullptr;
  int error = 0;
  std::vector<char> buffer(16 * 1024);
  const socklen_t size = v4 ? sizeof(in_addr) : sizeof(in6_addr);
  if (::gethostbyaddr_r(bytes, size, address.sa_family, &entry, buffer.data(), buffer.size(), &result, &error) != 0 ||
      result == nullptr)
    return {};
  std::vector<std::string> names = {result->h_name};
  for (char** alias = result->h_aliases; alias != nullptr && *alias != nullptr; ++alias) names.emplace_back(*alias);
  const auto with_domain =
      std::ranges::find_if(names, [](const auto& each) { return each.find('.') != std::string::npos; });
  return with_domain == names.end() ? names.front() : *with_domain;
}

// The name under which other hosts know this one; never localhost, which would send them to themselves.
std::string own_host_name() {
  std::string name(256, '\0');
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  name.resize(name.find('\0'));
  addrinfo hints{};
  hints.ai_flags = AI_CANONNAME;
  addrinfo* found = nullptr;
  if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return name;
  const OnExit release([&] { ::freeaddrinfo(found); });
  const std::string known = name_of_address(*found->ai_addr);
  return known.empty() || known.starts_with("localhost") ? canonical_name(name, *found) : known;
}

std::vector<std::string> settings_for(const RestoreRequest& request, const catalog::BackupInfo& backup,
                                      const RecoveryTarget& target, const std::string& wal_directory,
                                      const RestoreRun& run) {
  RecoverySettingsInput input;
  input.target = target;
  input.server_version = backup.version.value_or(0);
  input.get_wal = request.get_wal;
  input.standby_mode = request.standby_mode;
  input.remote = run.target_host.is_remote();
  input.server_name = run.server.config().name;
  input.barman_user = run.server.global().barman_user;
  input.local_user = own_user_name();
  if (request.get_wal && input.remote) input.barman_host = own_host_name();
  input.jobs = request.jobs;
  input.restore_command = request.restore_command;
  input.ssh_port = request.recovery_option_port;
  input.wal_directory = wal_directory;
  input.wal_in_store = run.server.config().keeps_wal_in_store();
  std::vector<std::string> settings = recovery_settings(input);
  if (request.get_wal && request.restore_command)
    run.server.notifier().info(fmt::format("Custom restore command override: {}", settings.front()));
  return settings;
}

void announce(const RestoreRequest& request, const catalog::BackupInfo& backup, const RestoreRun& run) {
  run.server.notifier().info(fmt::format("Starting {} restore for server {} using backup {}",
                                         run.target_host.is_remote() ? "remote" : "local", run.server.config().name,
                                         backup.backup_id));
  run.server.notifier().info(fmt::format("Destination directory: {}", request.destination));
  if (request.remote_ssh_command)
    run.server.notifier().info(fmt::format("Remote command: {}", *request.remote_ssh_command));
}

void warn_about_ignored_options(const RestoreRequest& request, const catalog::BackupInfo& backup, Notifier& notifier) {
  if (request.partial_wal && request.get_wal)
    notifier.warning("The --partial-wal option was ignored as it only works with --no-get-wal.");
  else if (request.partial_wal && request.target.immediate)
    notifier.warning("The --partial-wal option was ignored as it has no effect with --target-immediate.");
  if (request.restore_command && !request.get_wal)
    notifier.warning("The provided custom restore command was ignored as it only works with get-wal mode.");
  if (backup.status == catalog::BackupStatus::waiting_for_wals && !request.get_wal)
    notifier.warning(
        "IMPORTANT: You have requested a recovery operation for a backup that does not have yet all the WAL files "
        "that are required for consistency.");
}

// True when the archive holds every segment up to the backup's end, without which it cannot become consistent.
bool archive_covers(const catalog::BackupInfo& backup, const archive::WalArchive& archive) {
  const auto begin = parse_segment(backup.begin_wal.value_or("")), end = parse_segment(backup.end_wal.value_or(""));
  if (!begin || !end) return false;
  const auto size = static_cast<std::uint64_t>(backup.xlog_segment_size);
  for (Segment segment = *begin; segment <= *end; segment = next(segment, size))
    if (!archive.holds(to_string(segment))) return false;
  return true;
}

}  // namespace

report::RestoreReport restore(const RestoreRequest& request, const Chain& chain, const Preparation& preparation,
                              const RestoreRun& run) {
  const catalog::BackupInfo& backup = *chain.back();
  report::RestoreReport report;
  report.start = now();
  report.get_wal = request.get_wal;
  announce(request, backup, run);
  const RecoveryTarget target = resolve_target(request.target, backup, run);
  warn_about_ignored_options(request, backup, run.server.notifier());
  if (target.is_pitr()) run.server.notifier().info(fmt::format("Doing PITR. Recovery target {}", target.describe()));

  const auto tablespaces = placed_tablespaces(backup, request.relocations);
  const auto horizon = request.delta ? safe_horizon(request, backup, run) : std::nullopt;
  if (!request.get_wal) look_at_wal(request, backup, target, run);
  run.server.notifier().info("Copying the base backup.");
  const auto combined = place_base_backup(request, chain, preparation, tablespaces, horizon, run);
  leave_metadata(request, backup, combined, run.target_host);

  const std::string wal_directory =
      wal_destination(backup, request.destination, target.is_pitr() && !request.get_wal, request.staging_wal_directory);
  run.target_host.make_directories(wal_directory, private_directory);
  // On another host Barman's marks arrive with the mode of the scratch directory that they were made in.
  const bool marks_sent = run.target_host.is_remote() && !request.get_wal && !target.is_pitr();
  run.target_host.make_directories(wal_directory + "/archive_status",
                                   marks_sent ? private_directory : public_directory);
  if (!request.get_wal) bring_wal(request, backup, target, wal_directory, run);

  const bool wants_recovery = target.is_pitr() || request.get_wal || request.standby_mode;
  std::vector<std::string> settings;
  if (wants_recovery) {
    run.server.notifier().info("Generating recovery configuration");
    settings = settings_for(request, backup, target, wal_directory, run);
  }
  configure_cluster(request, backup, settings, wants_recovery, run, report);
  if (backup.status == catalog::BackupStatus::waiting_for_wals && !request.get_wal &&
      !archive_covers(backup, run.server.archive()))
    run.server.notifier().warning(
        "IMPORTANT: The backup we have restored IS NOT VALID. Required WAL files for consistency are missing. Please "
        "verify that WAL archiving is working correctly or evaluate using the 'get-wal' option for recovery");
  report.elapsed = now() - report.start;
  report.next_steps = next_steps(look_at_restored(request, backup, target, tablespaces, report, run));
  return report;
}

}  // namespace barman::restore
