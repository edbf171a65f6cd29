#include "barman/app/sync.h"

#include <fmt/core.h>

#include "barman/app/processes.h"
#include "barman/archive/wal_archive.h"
#include "barman/archiver/server_directories.h"
#include "barman/archiver/sync_wals.h"
#include "barman/backup/deletion.h"
#include "barman/backup/sync_backup.h"
#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/xlogdb.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/file.h"
#include "barman/fs/host.h"
#include "barman/fs/lock_file.h"
#include "barman/wal/segment.h"

namespace barman::app {
namespace {

using backup::SyncNeed;

void require_passive(const ServerContext& server) {
  if (!server.config().passive())
    throw Error(Errc::refused, fmt::format("server {} is not passive", server.config().name),
                "only a server with primary_ssh_command is copied from another node");
}

// The answer of the primary node; a status other than 0 is for the caller to judge.
exec::Outcome ask_primary(ServerContext& server, const std::optional<catalog::SyncPoint>& from) {
  const config::ServerConfig& config = server.config();
  exec::Command command({"barman"}, exec::Limits::within(config.patience()));
  if (config.forward_config_path) command.argv.insert(command.argv.end(), {"-c", server.global().file});
  command.argv.insert(command.argv.end(), {"sync-info", config.name});
  if (from) {
    command.argv.push_back(from->name);
    // Barman accepts no position 0, although it prints one.
    if (from->position > 0) command.argv.push_back(std::to_string(from->position));
  }
  command.most_output = catalog::largest_primary_info;
  command.log_output = false;  // the whole catalogue, and passwords
  return server.primary_host().runner().run(command);
}

std::string keep_answer(ServerContext& server, const exec::Outcome& outcome) {
  const config::ServerConfig& config = server.config();
  if (!outcome.ok()) {
    const std::string cause = outcome.timed_out     ? fmt::format("no answer within {} seconds", config.hang_timeout)
                              : outcome.err.empty() ? fmt::format("exit status {}", outcome.status)
                                                    : outcome.err;
    throw Error(Errc::remote,
                fmt::format("sync-info execution on remote primary server {} failed: {}", config.name, cause));
  }
  catalog::parse_primary_info(outcome.out);  // nothing else may become primary.info
  fs::make_directories(config.backup_directory);
  fs::replace_file(catalog::primary_info_path(config), outcome.out);
  return outcome.out;
}

// Our index has the line of the last file that was copied as the primary has it; without it nothing can be said, and as
// little while somebody else holds the index.
bool leaves_nothing_out(ServerContext& server, const catalog::PrimaryInfo& primary, const catalog::SyncPoint& from) {
  if (primary.last_name == from.name && primary.last_position == from.position) return true;
  std::optional<std::int64_t> length;
  try {
    server.archive().index().for_each(
        [&](const catalog::WalEntryView& entry) {
          if (entry.name == from.name) length = static_cast<std::int64_t>(entry.line.size()) + 1;
          return true;
        },
        [](const Error&) {});
  } catch (const Error& error) {
    if (error.code() != Errc::timeout) throw;
  }
  return length && archiver::lists_all_since(primary, from, *length);
}

void purge(ServerContext& server, const std::string& id) {
  server.notifier().warning(fmt::format(
      "Backup {} is absent on {} server and is incomplete locally, purging local backup", id, server.config().name));
  backup::Deletion(server).delete_backup(id);
}

bool is_free(const std::string& lock) { return fs::LockFile::try_acquire(lock).has_value(); }

// The parent of an incremental backup may be here already, and not know of this child yet.
void refresh_parent(ServerContext& server, const catalog::PrimaryInfo& primary, const catalog::BackupInfo& backup) {
  const auto remote = primary.backups.find(*backup.parent_backup_id);
  const catalog::BackupInfo* local = server.backups().find(*backup.parent_backup_id);
  if (local == nullptr || remote == primary.backups.end() || local->children() == remote->second.children()) return;
  const auto lock = fs::LockFile::try_acquire(server.locks().backup_id(local->backup_id));
  if (lock) server.backups().adopt(local->backup_id, remote->second.children());  // else the next run of cron does it
}

// A backup without the one that it was taken on top of cannot be restored: the parent comes first.
bool has_its_parent(ServerContext& server, const catalog::PrimaryInfo& primary, const catalog::BackupInfo& backup) {
  if (backup.type() != catalog::BackupType::incremental) return true;
  const std::string& parent_id = *backup.parent_backup_id;
  if (!primary.backups.contains(parent_id)) {
    log::warning("barman.server", "Parent backup {} of incremental backup {} is absent on {} server: it is not copied",
                 parent_id, backup.backup_id, server.config().name);
    return false;
  }
  refresh_parent(server, primary, backup);
  const catalog::BackupInfo* local = server.backups().find(parent_id);
  return local != nullptr && local->copy_done() && !server.backups().is_half_deleted(parent_id);
}

// A run that was killed may have completed the backup, and not what older tools read of it.
void finish_copy(ServerContext& server, const std::string& id) {
  if (const auto lock = fs::LockFile::try_acquire(server.locks().backup_id(id))) server.backups().serve_old_place(id);
}

void start_backup_copy(ServerContext& server, const catalog::PrimaryInfo& primary, bool keep_descriptors) {
  const std::string& name = server.config().name;
  if (primary.backups.empty()) {
    server.notifier().info(fmt::format("No backup synchronisation required for server {}", name));
    return;
  }
  for (const auto& [id, backup] : primary.backups) {
    const catalog::BackupInfo* local = server.backups().find(id);
    if ((local != nullptr && local->copy_done()) || server.backups().is_half_deleted(id)) continue;
    if (!has_its_parent(server, primary, backup)) continue;
    if (backup::sync_need(server.config(), server.backups(), server.annotations(), primary, id, now()) !=
        SyncNeed::copy)
      continue;
    if (!is_free(server.locks().sync_backup(id))) {
      server.notifier().info(
          fmt::format("A synchronisation process for backup {} on server {} is already in progress", id, name));
      return;
    }
    server.notifier().info(fmt::format("Starting copy of backup {} for server {}", id, name));
    start_child(server.global().file, {"sync-backup", name, id}, keep_descriptors);
    return;
  }
}

void start_wal_copy(ServerContext& server, const catalog::PrimaryInfo& primary, bool keep_descriptors) {
  const std::string& name = server.config().name;
  if (primary.wals.empty()) {
    server.notifier().info(fmt::format("No WAL synchronisation required for server {}", name));
    return;
  }
  if (!is_free(server.locks().sync_wal())) return;  // it is at it
  server.notifier().info(fmt::format("Started copy of WAL files for server {}", name));
  start_child(server.global().file, {"sync-wals", name}, keep_descriptors);
}

}  // namespace

std::string fetch_primary_info(ServerContext& server, const std::optional<catalog::SyncPoint>& from) {
  require_passive(server);
  return keep_answer(server, ask_primary(server, from));
}

// The position of that line could spare reading those before it; the one pass over them costs less than checking it.
catalog::SyncInfo sync_info(ServerContext& server, const std::optional<std::string>& last_wal) {
  return catalog::collect_sync_info(server.backups(), server.archive().index(), last_wal, [&](std::string_view name) {
    return is_any_wal_name(name) && server.archive().holds(name);
  });
}

void sync_backup(ServerContext& server, const std::string& id, Progress& progress) {
  require_passive(server);
  const std::string& name = server.config().name;
  Notifier& notifier = server.notifier();
  if (!catalog::is_safe_backup_id(id))
    throw Error(Errc::not_found, fmt::format("Backup {} is absent on {} server", id, name));
  const auto lock = fs::LockFile::try_acquire(server.locks().sync_backup(id));
  if (!lock)
    throw Error(Errc::lock_busy, fmt::format("Another synchronisation process for backup {} of server {} is already "
                                             "running.",
                                             id, name));
  const catalog::PrimaryInfo primary = catalog::read_primary_info(server.config());
  switch (backup::sync_need(server.config(), server.backups(), server.annotations(), primary, id, now())) {
    case SyncNeed::absent:
      throw Error(Errc::not_found, fmt::format("Backup {} is absent on {} server", id, name));
    case SyncNeed::purge:
      return purge(server, id);
    case SyncNeed::synced:
      finish_copy(server, id);
      return notifier.info(fmt::format("Backup {} is already synced with {} server", id, name));
    case SyncNeed::local_only:
      return notifier.info(
          fmt::format("Backup {} is absent on {} server, but present locally (local copy only)", id, name));
    case SyncNeed::obsolete:
      return notifier.info(fmt::format("Remote backup {}/{} is obsolete for local retention policies.", name, id));
    case SyncNeed::copy:
      break;
  }
  if (!has_its_parent(server, primary, primary.backups.at(id)))
    notifier.warning(
        fmt::format("Backup {} is incremental and its parent {} is not here: it cannot be restored from "
                    "this node before that is copied",
                    id, *primary.backups.at(id).parent_backup_id));
  backup::sync_backup(server, progress, primary, id);
}

void sync_wals(ServerContext& server) {
  require_passive(server);
  const fs::LockFile lock = fs::LockFile::acquire(server.locks().sync_wal());
  try {
    archiver::sync_wals(server);
  } catch (const Error& error) {
    const std::string text = error.what();
    const std::string first = text.substr(0, text.find('\n'));
    const std::string rest = first.size() == text.size() ? "" : text.substr(first.size() + 1);
    throw Error(error.code(), fmt::format("WAL synchronisation for server {} failed with: {}\n{}", server.config().name,
                                          first, rest));
  }
}

void sync_by_cron(ServerContext& server, bool keep_descriptors) {
  const std::string& name = server.config().name;
  catalog::PrimaryInfo primary;
  try {
    const auto from = server.archive().sync_point();
    exec::Outcome outcome = ask_primary(server, from);
    if (outcome.status == 1 && from) {
      server.notifier().warning(
          fmt::format("sync-info is out of sync. Self-recovery procedure started: requesting full synchronisation from "
                      "primary server {}",
                      name));
      outcome = ask_primary(server, std::nullopt);
    } else if (from && outcome.ok() && !leaves_nothing_out(server, catalog::parse_primary_info(outcome.out), *from)) {
      outcome = ask_primary(server, std::nullopt);
    }
    primary = catalog::parse_primary_info(keep_answer(server, outcome));
  } catch (const Error& error) {
    server.notifier().error(fmt::format("Failed to retrieve the primary node status: {}", error.what()));
    return;
  }
  archiver::create_server_directories(server.config());
  start_backup_copy(server, primary, keep_descriptors);
  start_wal_copy(server, primary, keep_descriptors);
}

}  // namespace barman::app
