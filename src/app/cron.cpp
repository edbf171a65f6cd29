#include "barman/app/cron.h"

#include <fmt/core.h>

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

#include "barman/app/config_changes.h"
#include "barman/app/operations.h"
#include "barman/app/processes.h"
#include "barman/app/recovery_window.h"
#include "barman/app/status.h"
#include "barman/app/survey.h"
#include "barman/app/sync.h"
#include "barman/archive/wal_archive.h"
#include "barman/archiver/archive_wal.h"
#include "barman/backup/backup.h"
#include "barman/backup/deletion.h"
#include "barman/backup/room.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/check/check.h"
#include "barman/cloud_copy/copy.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/signals.h"
#include "barman/drill/drill.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"
#include "barman/server/server_context.h"
#include "stall_watch.h"

namespace barman::app {
namespace {

using config::ServerConfig;

// The work of cron for one server.
class ServerCron {
 public:
  ServerCron(const config::GlobalConfig& global, const ServerConfig& config, bool keep_descriptors, Notifier& notifier)
      : server_(global, config, notifier), config_(config), notifier_(notifier), keep_descriptors_(keep_descriptors) {}

  void run() {
    // A full disk has no room for a lock file, and retention is to make some.
    const auto lock = backup::Room(config_, server_.locks()).lock(server_.locks().cron());
    if (!lock) {
      notifier_.info(
          fmt::format("Another cron process is already running on server {}. Skipping to the next server", name()));
      return;
    }
    if (!config_.active) {
      stop_receiver(server_, fmt::format("Server '{}' is inactive: stopping receive-wal subprocess", name()));
      return;
    }
    // A run of archive-wal, and its hooks, may hold the index for long: other servers do not wait for that.
    server_.archive().set_deadline(std::chrono::steady_clock::now());
    serve_older_tools();
    send_entries();
    if (config_.passive()) {
      sync_by_cron(server_, keep_descriptors_);
    } else {
      start_archiving();
      start_receiving();
      backup::clear_killed_backups(server_);
    }
    start_check_of_waiting_backup();
    start_cloud_copy();
    drill::clear_killed_drills(config_, server_.locks());
    server_.archive().set_deadline({});
    enforce_retention(*lock);
  }

 private:
  const std::string& name() const { return config_.name; }

  void start(const std::vector<std::string>& arguments) {
    start_child(server_.global().file, arguments, keep_descriptors_);
  }

  // A lock file that is not there is made by nobody's asking.
  bool is_free(const std::string& lock_path) {
    return !fs::exists(lock_path) || fs::LockFile::try_acquire(lock_path).has_value();
  }

  void start_archiving() {
    if (!is_free(server_.locks().archive_wal())) {
      notifier_.info(fmt::format(
          "Another archive-wal process is already running on server {}. Skipping to the next server", name()));
      return;
    }
    notifier_.info(fmt::format("Starting WAL archiving for server {}", name()));
    if (!nothing_to_archive()) start({"archive-wal", name()});
  }

  // A process is worth starting only for work; it also reports what keeps it from working.
  bool nothing_to_archive() const {
    try {
      return archiver::nothing_waits(config_);
    } catch (const Error& error) {
      return false;
    }
  }

  void start_receiving() {
    if (!config_.streaming_archiver) {
      stop_receiver(server_);
    } else if (is_stalled(server_.global(), config_, check::stalled_receiver)) {
      // It has been reported, and is checked every minute; a start would only fail and report it again.
      log::debug("barman.server", "Not starting receive-wal for server {}: it cannot follow its server", name());
    } else {
      start_receiver(server_, keep_descriptors_);
    }
  }

  // What Barman has saved since, or before it was replaced by us. Two looks at each backup when there is nothing to do.
  void serve_older_tools() {
    if (!config_.legacy_links) return;
    try {
      catalog::BackupCatalog& backups = server_.backups();
      for (const std::string& id : backups.missing_at_old_place())
        if (const auto lock = fs::LockFile::try_acquire(server_.locks().backup_id(id))) backups.serve_old_place(id);
      server_.archive().serve_old_place();
    } catch (const Error& error) {
      log::warning("barman.server", "cannot serve tools of older versions on server {}: {}", name(), error.what());
    }
  }

  // What could not be written to the store when it was saved. A backup that is being taken is saved again anyway.
  void send_entries() {
    catalog::BackupCatalog& backups = server_.backups();
    if (backups.mirroring().mirror == nullptr) return;
    const auto no_backup = fs::LockFile::try_acquire(server_.locks().backup());
    if (!no_backup) return;
    for (const std::string& id : backups.unsent()) {
      const auto lock = fs::LockFile::try_acquire(server_.locks().backup_id(id));
      if (!lock) continue;
      try {
        backups.send(id);
      } catch (const Error& error) {
        notifier_.error(with_hint(error));
        return;  // the others will fare no better
      }
    }
  }

  // The oldest one only: the next run of cron takes the next.
  void start_check_of_waiting_backup() {
    for (const auto& [id, backup] : server_.backups().all()) {
      if (backup.status != catalog::BackupStatus::waiting_for_wals || server_.backups().is_half_deleted(id)) continue;
      if (!is_free(server_.locks().backup_id(id))) return;
      notifier_.info(fmt::format("Starting check-backup for backup {} of server {}", id, name()));
      start({"check-backup", name(), id});
      return;
    }
  }

  // Whoever holds the index is archiving, so there will be something to copy.
  bool is_copy_due() {
    try {
      return cloud_copy::is_due(server_, now());
    } catch (const Error& error) {
      if (error.code() != Errc::timeout) throw;
      return true;
    }
  }

  // Whatever is wrong with the copy, the catalogue here goes first.
  void start_cloud_copy() {
    if (!config_.cloud_copy) return;
    try {
      if (!is_copy_due()) return;
      notifier_.info(fmt::format("Starting cloud-copy for server {}", name()));
      start({"cloud-copy", name()});
    } catch (const Error& error) {
      notifier_.error(fmt::format("Unable to start cloud-copy for server {}: {}", name(), with_hint(error)));
    }
  }

  void enforce_retention(const fs::LockFile& lock) { backup::Deletion(server_).enforce_retention(now(), lock); }

  ServerContext server_;
  const ServerConfig& config_;
  Notifier& notifier_;
  bool keep_descriptors_;
};

// One server's failure does not keep the others waiting; an interruption does.
void run_guarded(const std::string& server, Notifier& notifier, const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    if (error.code() == Errc::unsupported) {
      notifier.error(with_hint(error));
      return;
    }
    notifier.error(fmt::format("Unable to run cron on server '{}': {}", server, error.what()));
  } catch (const Interrupted&) {
    throw;
  } catch (const std::exception& error) {
    notifier.error(fmt::format("Unable to run cron on server '{}': internal error: {}", server, error.what()));
  }
}

// One at a time, of all servers: a drill takes what the machine has. The server whose last one is the longest ago goes
// first.
void start_due_drill(const config::GlobalConfig& global, const std::vector<const ServerConfig*>& servers,
                     bool keep_descriptors, Notifier& notifier) {
  const ServerConfig* next = nullptr;
  std::int64_t earliest = 0;
  for (const ServerConfig* server : servers) {
    const fs::LockDirectory locks(global.barman_lock_directory, server->name);
    if (fs::lock_state(locks.drill()).held) return;
    if (!server->drill_schedule || fs::lock_state(locks.backup()).held) continue;
    const auto last = drill::last_drill(*server);
    if (!drill::is_due(*server, last, now())) continue;
    const std::int64_t at = last ? last->micros : 0;
    if (next == nullptr || at < earliest) {
      next = server;
      earliest = at;
    }
  }
  if (next == nullptr) return;
  notifier.info(fmt::format("Starting a drill of server {}", next->name));
  start_child(global.file, {"drill", next->name}, keep_descriptors);
}

}  // namespace

void run_cron(const config::Configuration& configuration, bool keep_descriptors, Notifier& notifier) {
  const Timestamp begun = now();
  apply_queued_changes(configuration, notifier);
  const config::GlobalConfig& global = configuration.global();
  const std::map<std::string, ServerConfig>& servers = configuration.servers();
  for (const auto& [name, config] : servers) {
    if (const std::string text = wal_overrides_text(config); !text.empty()) notifier.info(text);
  }
  std::vector<const ServerConfig*> served;
  for (const auto& [name, config] : servers) {
    signals::throw_if_pending();
    if (config.disabled()) {
      notifier.info(fmt::format("Skipping temporarily disabled server '{}'", name));
      continue;
    }
    run_guarded(name, notifier,
                [&, &server = config] { ServerCron(global, server, keep_descriptors, notifier).run(); });
    if (config.active) served.push_back(&config);
  }
  tend_operations(configuration, notifier);
  if (global.lock_directory_cleanup) fs::remove_free_locks(global.barman_lock_directory);
  start_due_drill(global, served, keep_descriptors, notifier);
  watch_for_stalls(global, served);  // so late: nobody's work waits for a PostgreSQL that does not answer
  const auto until = std::chrono::steady_clock::now() + time_for_notes;
  for (const ServerConfig* config : served) {
    ServerContext server(global, *config, notifier);
    server.set_deadline(std::chrono::steady_clock::now());  // one whose index is held has its turn next minute
    run_guarded(config->name, notifier, [&] { note_wal(server, until); });
  }
  const Timestamp ended = now();
  remember_cron_run(global, {ended, static_cast<double>((ended - begun).count()) / 1e6});
}

}  // namespace barman::app
