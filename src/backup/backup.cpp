#include "barman/backup/backup.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "backup_run.h"
#include "barman/archive/wal_archive.h"
#include "barman/archiver/archive_wal.h"
#include "barman/backup/check_backup.h"
#include "barman/backup/manifest.h"
#include "barman/backup/parent.h"
#include "barman/backup/room.h"
#include "barman/backup/wal_purge.h"
#include "barman/basebackup/facts.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"
#include "barman/fs/tree.h"
#include "barman/hooks/hooks.h"
#include "barman/postgres/conninfo.h"
#include "barman/postgres/server.h"
#include "encryption.h"
#include "pg_basebackup.h"
#include "store_backup.h"

namespace barman::backup {
namespace {

using catalog::BackupStatus;
using config::BackupMethod;

// One row a backup_method; the rest of what differs between them are predicates of ServerConfig.
struct Method {
  BackupMethod method;
  void (*copy)(BackupRun&) =
      nullptr;  // from the metadata to the end of the backup on PostgreSQL; nullptr: not by this build
};
constexpr std::array methods{
    Method{.method = BackupMethod::rsync, .copy = backup_by_rsync},
    Method{.method = BackupMethod::local_rsync, .copy = backup_by_rsync},
    Method{.method = BackupMethod::postgres, .copy = backup_by_pg_basebackup},
    Method{.method = BackupMethod::snapshot},
    Method{.method = BackupMethod::local_to_cloud, .copy = backup_by_upload},
};

const Method& method_of(const config::ServerConfig& config) {
  return *std::ranges::find(methods, config.backup_method, &Method::method);
}

catalog::BackupInfo new_entry(const Request& request, ServerContext& server) {
  catalog::BackupInfo info = server.backups().create(now());
  info.backup_name = request.name;
  info.parent_backup_id = request.parent;
  info.systemid = server.postgres().system_identifier();
  server.backups().save(info);
  server.notifier().info(fmt::format("Starting backup using {} method for server {} in {}", info.mode.value_or(""),
                                     server.config().name, server.backups().base_directory(info.backup_id)));
  return info;
}

// The copy is whole without it; only recovery to this name would not be possible.
void create_restore_point(const BackupRun& run) {
  try {
    run.server.postgres().create_restore_point("barman_" + run.info.backup_id);
  } catch (const Error& error) {
    log::warning(logger, "cannot create the restore point barman_{}: {}", run.info.backup_id, error.what());
  }
}

void report_size(const BackupRun& run) {
  const std::int64_t size = run.info.size.value_or(0), own = run.info.deduplicated_size.value_or(0);
  if (run.request.reuse != config::ReuseBackup::link || !run.server.config().by_rsync()) {
    run.server.notifier().info("Backup size: " + human_size(size));
    return;
  }
  const double ratio = size > 0 ? 1 - static_cast<double>(own) / static_cast<double>(size) : 0;
  run.server.notifier().info(fmt::format("Backup size: {}. Actual size on disk: {} (-{:.2f}% deduplication ratio).",
                                         human_size(size), human_size(own), 100 * ratio));
}

void measure(BackupRun& run) {
  run.action = "calculating backup size";
  const std::string base = run.server.backups().base_directory(run.info.backup_id);
  const fs::TreeSize size = [&] {
    const Waiting waiting(run.progress, writing_to_disk);
    fs::sync_tree(base);
    return fs::measure_tree(base);
  }();
  run.info.size = size.all;
  run.info.deduplicated_size = size.own;
  run.save();
}

// Nothing is called copied before it is on disk, or in the store.
void secure_copy(BackupRun& run) {
  if (!run.server.backups().elsewhere()) measure(run);
  report_size(run);
  run.info.set_status(BackupStatus::waiting_for_wals);
  run.save();
}

void announce_end(const BackupRun& run) {
  run.server.notifier().info("Backup end at LSN: " + basebackup::describe_end(run.info));
  run.server.notifier().info(fmt::format("Backup completed (start time: {}, elapsed time: {})",
                                         to_python_naive(in_local_zone(run.copy_start)),
                                         human_interval(now() - run.copy_start)));
}

// In Barman's words, for the DETAILS line and the entry.
std::string_view signal_words(int number) { return number == SIGINT ? "KeyboardInterrupt" : "terminated by a signal"; }

std::string interruption_hint(const BackupRun& run) {
  return fmt::format("the backup was interrupted; its FAILED entry may be deleted with 'barman delete {} {}'",
                     run.server.config().name, run.info.backup_id);
}

// What fills the disk keeps WAL from being archived, and a copy that is not whole is of no use to anybody. The entry
// stays, with the cause; so does the directory, as an entry without one would be taken for an orphan.
void give_room_back(const BackupRun& run) {
  const std::string base = run.server.backups().base_directory(run.info.backup_id);
  try {
    for (const std::string& name : fs::list_directory_if_exists(base)) {
      if (name == "backup.info") continue;
      fs::remove_tree(fmt::format("{}/{}", base, name));
    }
    fs::make_directories(run.data_directory());
    run.server.notifier().info(
        fmt::format("The files copied so far were removed from {}, to give their room back", base));
  } catch (const Interrupted& again) {
    run.server.notifier().warning(fmt::format("cannot remove the files copied so far: {}", again.what()));
  } catch (const Error& error) {
    run.server.notifier().warning(fmt::format("cannot remove the files copied so far: {}", error.what()));
  }
}

void fail(BackupRun& run, const std::string& cause, const std::string& hint) {
  const std::string first_line = cause.substr(0, cause.find('\n'));
  remove_clear_tarballs(run);
  if (names_lack_of_room(cause) && !run.server.backups().elsewhere())
    give_room_back(run);  // first: to record the failure takes room, too
  run.info.set_status(BackupStatus::failed);
  run.info.error = fmt::format("failure {} ({})", run.action, first_line);
  try {
    run.save();
  } catch (const Error& error) {
    run.server.notifier().error(
        fmt::format("cannot record the failure of backup {}: {}", run.info.backup_id, error.what()));
  }
  run.server.notifier().error(with_hint(fmt::format("Backup failed {}.\nDETAILS: {}", run.action, cause), hint));
}

void copy_and_secure(BackupRun& run) {
  run.server.hooks().run_pre(hooks::Operation::backup, hooks::backup_variables(run.server.backups(), run.info));
  method_of(run.server.config()).copy(run);
  create_restore_point(run);
  run.server.postgres().close();
  encrypt_tarballs(run);
  secure_copy(run);
  announce_end(run);
}

// What is left to do after a failure must be done in spite of a signal.
void give_up(BackupRun& run, const std::string& cause, const std::string& hint) {
  signals::clear();
  leave_exclusive_backup(run);
  run.server.postgres().close();
  fail(run, cause, hint);
}

// False: interrupted.
bool run_to_its_end(BackupRun& run) {
  try {
    copy_and_secure(run);
  } catch (const Interrupted& interrupted) {
    const int signal = signals::pending();
    if (signal == 0) {
      give_up(run, interrupted.what(), "");
    } else {
      give_up(run, std::string(signal_words(signal)), interruption_hint(run));
      return false;
    }
  } catch (const Error& error) {
    give_up(run, error.what(), error.hint());
  } catch (const std::exception& error) {
    give_up(run, error.what(), "");
  }
  return true;
}

// Barman judges without that lock here, and leaves no file of it.
void check_quietly(BackupRun& run) {
  check_backup(run.server, run.info.backup_id, LockFileAfterwards::removed);
  run.info = *run.server.backups().find(run.info.backup_id);
}

void wait_for_end_wal(BackupRun& run) {
  try {
    if (archiver::wait_for_wal(run.server, run.info.end_wal, std::chrono::seconds(run.request.wait_timeout)))
      check_quietly(run);
  } catch (const Error& error) {
    run.server.notifier().error(error.what());
  } catch (const Interrupted&) {
    signals::clear();
    run.server.notifier().info(
        fmt::format("Got CTRL-C. Continuing without waiting for '{}' to be archived", run.info.end_wal.value_or("")));
  }
}

void run_post_hooks(const BackupRun& run) {
  try {
    run.server.hooks().run_post(hooks::Operation::backup, hooks::backup_variables(run.server.backups(), run.info));
  } catch (const Error& error) {
    log::warning(logger, "post backup hooks: {}", error.what());
  }
}

void make_manifest(const BackupRun& run) {
  try {
    write_manifest(run.data_directory(), true);
    run.server.notifier().info(fmt::format("Backup manifest for backup '{}' successfully generated for server {}",
                                           run.info.backup_id, run.server.config().name));
  } catch (const Error& error) {
    run.server.notifier().error(
        fmt::format("cannot write the manifest of backup {}: {}", run.info.backup_id, error.what()));
  }
}

// The child names its parent itself: all that can be lost here is lost to Barman alone.
void adopt(ParentHold& parent, const BackupRun& run) {
  try {
    parent.adopt(run.info.backup_id);
  } catch (const Error& error) {
    run.server.notifier().warning(fmt::format("cannot note backup {} as a child of backup {}: {}", run.info.backup_id,
                                              *run.request.parent, with_hint(error)));
  }
}

void warn_still_waiting(Notifier& notifier) {
  notifier.warning(
      "IMPORTANT: this backup is classified as WAITING_FOR_WALS, meaning that Barman has not received yet all the "
      "required WAL files for the backup consistency.\n"
      "This is a common behaviour in concurrent backup scenarios, and Barman automatically set the backup as DONE "
      "once all the required WAL files have been archived.\n"
      "Hint: execute the backup command with '--wait'");
}

std::optional<std::string> problem_of_place(const config::ServerConfig& config) {
  if (!config.keeps_backups_in_store() && config.backup_method == BackupMethod::local_to_cloud)
    return "'backup_method = local-to-cloud' needs the URL of a cloud storage in basebackups_directory";
  return config::store_problem(config);
}

}  // namespace

void check_supported(const config::ServerConfig& config) {
  if (method_of(config).copy == nullptr)
    throw Error(Errc::unsupported,
                fmt::format("this build does not take backups by the method '{}'", to_string(config.backup_method)),
                "use backup_method = rsync, local-rsync, postgres or local-to-cloud");
  if (const auto problem = problem_of_place(config)) throw Error(Errc::config, *problem);
  // Never in clear what should be encrypted.
  if (const auto problem = config::encryption_problem(config))
    throw Error(Errc::config, *problem, "correct the configuration of the server, or remove the option encryption");
}

Result take_backup(const Request& request, ServerContext& server, Progress& progress) {
  const auto lock = fs::LockFile::try_acquire(server.locks().backup());
  if (!lock) throw Error(Errc::lock_busy, "Another backup process is running");
  clear_remains(server);
  abort_remains(server);
  std::optional<ParentHold> parent;
  if (request.parent) parent.emplace(server, *request.parent);
  BackupRun run{.request = request, .server = server, .progress = progress, .info = new_entry(request, server)};
  run.copy_start = now();
  const bool finished = run_to_its_end(run);
  if (parent) adopt(*parent, run);
  parent.reset();
  if (run.info.copy_done() && request.wait) wait_for_end_wal(run);
  run.server.postgres().close();
  run_post_hooks(run);
  if (request.manifest && server.config().by_rsync() && run.info.status != BackupStatus::failed) make_manifest(run);
  return {run.info, !finished};
}

void clear_killed_backups(ServerContext& server) {
  if (!has_clear_remains(server)) return;
  if (const auto lock = fs::LockFile::try_acquire(server.locks().backup())) clear_remains(server);
}

void finish_backup(const catalog::BackupInfo& info, ServerContext& server) {
  archiver::archive_wal(server, archiver::Say::what_is_done);
  const auto status = [&] { return server.backups().find(info.backup_id)->status; };
  if (status() == BackupStatus::waiting_for_wals) check_backup(server, info.backup_id);
  if (!server.config().worm_mode && info.copy_done()) purge_before_first_backup(server, info, true);
  if (status() == BackupStatus::waiting_for_wals) warn_still_waiting(server.notifier());
}

}  // namespace barman::backup
