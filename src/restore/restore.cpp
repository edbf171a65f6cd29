#include "barman/restore/restore.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"
#include "barman/restore/forecast.h"
#include "barman/wal/segment.h"
#include "base_copy.h"
#include "decrypt.h"
#include "kept_configuration.h"
#include "placement.h"
#include "recovery_configuration.h"
#include "resolved_target.h"
#include "restored_cluster.h"
#include "settings.h"
#include "wal_of_restore.h"

namespace barman::restore {

namespace {

constexpr std::string_view logger = "barman.restore";
constexpr std::string_view recover_info = ".barman-recover.info";
constexpr mode_t public_file = 0644;
constexpr mode_t public_directory = 0755;
constexpr mode_t private_directory = 0700;

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

void heed(const Verdict& verdict, Notifier& notifier) {
  if (verdict.kind == Verdict::Kind::refuse) throw Error(Errc::refused, verdict.text, verdict.hint);
  if (verdict.kind == Verdict::Kind::warn) notifier.warning(verdict.text);
}

// How long it takes from the first file on.
class Measuring {
 public:
  Measuring() { measured_.started = now(); }
  void files_done() { measured_.seconds.files = seconds(); }
  void wal_done(std::size_t files, std::int64_t segment_size) {
    measured_.seconds.wal = seconds() - measured_.seconds.files;
    measured_.wal_segments = static_cast<std::int64_t>(files);
    measured_.wal_bytes = *measured_.wal_segments * segment_size;
  }
  // All of it is done, `whole` bytes of files among it.
  report::MeasuredRestore done(const catalog::BackupInfo& backup, std::int64_t whole, const RestoreRun& run) {
    measured_.seconds.copy = seconds();
    measured_.server = run.server.config().name;
    measured_.backup_id = backup.backup_id;
    measured_.remote = run.target_host.is_remote();
    measured_.bytes_copied = whole + measured_.wal_bytes.value_or(0);
    measured_.ended = now();
    return std::move(measured_);
  }

 private:
  using Clock = std::chrono::steady_clock;
  double seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }
  Clock::time_point begin_ = Clock::now();
  report::MeasuredRestore measured_;
};

}  // namespace

report::RestoreReport restore(const RestoreRequest& request, const Chain& chain, const Preparation& preparation,
                              const RestoreRun& run) {
  const catalog::BackupInfo& backup = *chain.back();
  report::RestoreReport report;
  report.start = now();
  report.get_wal = request.get_wal;
  announce(request, backup, run);
  const RecoveryTarget target = resolve_target(request.target, backup, run);
  if (const auto problem = time_problem(target, backup)) throw Error(Errc::refused, *problem);
  warn_about_ignored_options(request, backup, run.server.notifier());
  if (target.is_pitr()) run.server.notifier().info(fmt::format("Doing PITR. Recovery target {}", target.describe()));

  const auto tablespaces = placed_tablespaces(backup, request.relocations);
  const auto horizon = request.delta ? safe_horizon(request, backup, run) : std::nullopt;
  std::optional<WalOfRestore> wal;
  require_decryption(chain, run.server);  // before WAL is looked at, which lacks the same passphrase
  if (!request.get_wal) wal.emplace(request, backup, target, run).require_readable();
  const Forecast expected = forecast(request, backup, target, run.server);
  heed(verdict_on(expected, request, backup, target), run.server.notifier());
  if (wal) wal->look(expected);
  run.server.notifier().info("Copying the base backup.");
  Measuring measuring;
  const auto combined = place_base_backup(request, chain, preparation, tablespaces, horizon, run);
  leave_metadata(request, backup, combined, run.target_host);
  measuring.files_done();

  const std::string wal_directory =
      wal_destination(backup, request.destination, target.is_pitr() && !request.get_wal, request.staging_wal_directory);
  run.target_host.make_directories(wal_directory, private_directory);
  // On another host Barman's marks arrive with the mode of the scratch directory that they were made in.
  const bool marks_sent = run.target_host.is_remote() && wal && !target.is_pitr();
  run.target_host.make_directories(wal_directory + "/archive_status",
                                   marks_sent ? private_directory : public_directory);
  if (wal) measuring.wal_done(wal->bring(wal_directory), backup.xlog_segment_size);

  const bool recovers = wants_recovery(request, target);
  std::vector<std::string> settings;
  if (recovers) {
    run.server.notifier().info("Generating recovery configuration");
    settings = settings_for(request, backup, target, wal_directory, run);
    if (request.get_wal && request.restore_command)
      run.server.notifier().info(fmt::format("Custom restore command override: {}", settings.front()));
  }
  configure_cluster(request, backup, settings, recovers, run, report);
  report.kept_files = restore_kept_configuration(request, backup, run);
  if (backup.status == catalog::BackupStatus::waiting_for_wals && !request.get_wal &&
      !archive_covers(backup, run.server.archive()))
    run.server.notifier().warning(
        "IMPORTANT: The backup we have restored IS NOT VALID. Required WAL files for consistency are missing. Please "
        "verify that WAL archiving is working correctly or evaluate using the 'get-wal' option for recovery");
  report.elapsed = now() - report.start;
  // What a delta restore copies depends on what was there.
  if (!request.delta) report.measured = measuring.done(backup, preparation.whole, run);
  report.next_steps = next_steps(look_at_restored(request, backup, target, expected, tablespaces, report, run));
  return report;
}

}  // namespace barman::restore
