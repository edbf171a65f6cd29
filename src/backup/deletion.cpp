#include "barman/backup/deletion.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "barman/backup/room.h"
#include "barman/core/log.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "tree.h"

namespace barman::backup {
namespace {

using catalog::BackupInfo;
using catalog::BackupStatus;
using catalog::RetentionStatus;

std::string with_hint(const Error& error) {
  return error.hint().empty() ? error.what() : fmt::format("{}\nHINT: {}", error.what(), error.hint());
}

Keeps keeps_of(const catalog::Annotations& annotations) {
  return [&annotations](const std::string& id) { return annotations.keep(id); };
}

}  // namespace

// Marks whose entry is gone: their deletion was killed between the two.
void Deletion::clear_stale_marks() {
  for (const std::string& id : context_.annotations.all_delete_this())
    if (!context_.catalog.find(id) && !context_.catalog.unreadable().contains(id))
      context_.annotations.clear_delete_this(id);
}

bool Deletion::delete_backup(const std::string& id) {
  clear_stale_marks();
  auto& [config, locks, catalog, annotations, xlogdb, hooks, notifier] = context_;
  const Keeps keep = keeps_of(annotations);
  const auto declined = [this, &id, &keep] {
    const BackupInfo* backup = context_.catalog.find(id);
    if (!backup)
      throw Error(Errc::not_found, fmt::format("Unknown backup '{}' for server '{}'", id, context_.config.name));
    const auto reason = refusal(context_.catalog, *backup, keep, context_.config);
    if (reason) context_.notifier.warning(*reason);
    return reason.has_value();
  };
  catalog.require_all_readable();
  if (declined()) return false;
  if (!catalog.find(id)->children().empty())
    notifier.warning(
        fmt::format("Backup {} has incremental backups which depend on it. Deleting all backups in the tree", id));
  const auto lock = Room(config, locks).lock(locks.backup());
  if (!lock) {
    notifier.error(
        fmt::format("Another process in running on server {}. Impossible to delete the backup.", config.name));
    return false;
  }
  catalog.reload();  // what was decided without the lock may be out of date
  catalog.require_all_readable();
  return !declined() && delete_tree(id, Requester::command);
}

bool Deletion::delete_tree(const std::string& id, Requester requester) {
  for (const std::string& each : deletion_order(context_.catalog.all(), id)) {
    if (delete_locked(each, requester)) continue;
    if (each != id)
      context_.notifier.error(
          "Failed to delete one of its incremental backups. Make sure all its dependent backups are "
          "deletable and try again.");
    return false;
  }
  return true;
}

bool Deletion::delete_locked(const std::string& id, Requester requester) {
  auto& [config, locks, catalog, annotations, xlogdb, hooks, notifier] = context_;
  auto lock = Room(config, locks).lock(locks.backup_id(id));
  if (!lock && requester == Requester::retention_policy) {
    notifier.warning(
        fmt::format("Another action is in progress for the backup {} of server {}, skipping retention policy "
                    "application",
                    id, config.name));
    return false;
  }
  if (!lock) {
    notifier.error(fmt::format("Another process is holding the lock for backup {} of server {}.", id, config.name));
    return false;
  }
  if (requester == Requester::retention_policy)
    notifier.info(fmt::format("Enforcing retention policy: removing backup {} for server {}", id, config.name));
  const BackupInfo backup = *catalog.find(id);
  const Keeps keep = keeps_of(annotations);
  try {
    carry_out(plan_deletion(catalog, backup, keep, requester, config), backup);
  } catch (const hooks::Aborted& aborted) {
    notifier.error(aborted.what());
    return false;
  } catch (const Error& error) {
    if (error.code() == Errc::interrupted) throw;
    notifier.error(fmt::format("Failure deleting backup {} for server {}.\n{}", id, config.name, with_hint(error)));
    return false;
  }
  lock->remove_on_release();
  return true;
}

// A full disk has no room for another file, but for another name of one that is there: the mark is its name.
void Deletion::mark(const std::string& id) {
  auto& [config, locks, catalog, annotations, xlogdb, hooks, notifier] = context_;
  try {
    Room(config, locks).make_for([&] { annotations.set_delete_this(id); });
  } catch (const Error& error) {
    if (!names_lack_of_room(error.what())) throw;
    annotations.link_delete_this(id, catalog.readable_info_path(id));
  }
}

// From here on nobody may restore it. Where the new status finds no room, the data loses its name, which takes none:
// what is not there is no more restored than what is STARTED, and goes first, so that there is room.
void Deletion::take_out_of_service(const BackupInfo& damaged) {
  auto& [config, locks, catalog, annotations, xlogdb, hooks, notifier] = context_;
  try {
    Room(config, locks).make_for([&] { catalog.save(damaged); });
  } catch (const Error& error) {
    if (!names_lack_of_room(error.what())) throw;
    const std::string base = catalog.base_directory(damaged.backup_id), deleted = base + "/.deleted";
    fs::remove_tree(deleted);  // of a deletion that was cut short here
    if (const std::string data = catalog.data_directory(damaged.backup_id); fs::lstat_if_exists(data)) {
      fs::rename_file(data, deleted);
      fs::sync_directory(base);
      fs::remove_tree(deleted);
    }
    catalog.save(damaged);
  }
}

// Whenever this stops in the middle, the entry is still there, not restorable, and marked for whoever deletes next.
void Deletion::carry_out(const DeletionPlan& plan, const BackupInfo& backup) {
  auto& [config, locks, catalog, annotations, xlogdb, hooks, notifier] = context_;
  if (backup.type() == catalog::BackupType::snapshot)
    throw Error(Errc::unsupported, "this program cannot delete the snapshots of a snapshot backup");
  const Timestamp start = now();
  mark(plan.id);
  try {
    hooks.run_pre(hooks::Operation::remove, hooks::backup_variables(catalog, backup));
  } catch (const hooks::Aborted&) {
    annotations.clear_delete_this(plan.id);  // nothing has happened, and nothing is to be finished later
    throw;
  }
  notifier.info(fmt::format("Deleting backup {} for server {}", plan.id, config.name));
  if (backup.copy_done()) {
    BackupInfo damaged = backup;
    damaged.set_status(BackupStatus::started);
    take_out_of_service(damaged);
  }
  for (const std::string& directory : plan.directories) {
    signals::throw_if_pending();
    fs::remove_tree(directory);
  }
  if (plan.wal_rule) remove_wals(*plan.wal_rule);
  fs::remove_tree(catalog.base_directory(plan.id));
  if (fs::is_directory(config.basebackups_directory)) fs::sync_directory(config.basebackups_directory);
  if (plan.parent_id) leave_parent(*plan.parent_id, plan.id);
  // Before the entry goes: as long as it is there, a deletion that is killed will be finished.
  if (plan.resized_id) measure_again(*plan.resized_id);
  catalog.forget(plan.id);
  annotations.clear_delete_this(plan.id);
  notifier.info(fmt::format("Deleted backup {} (start time: {}, elapsed time: {})", plan.id, to_ctime(start),
                            human_interval(now() - start)));
  fs::remove_file(locks.sync_backup(plan.id));
  hooks.run_post(hooks::Operation::remove, hooks::backup_variables(catalog, backup));
}

void Deletion::remove_wals(const WalPurgeRule& rule) {
  context_.notifier.info("Delete associated WAL segments:");
  WalPurge(context_.config, context_.xlogdb, context_.hooks, context_.notifier)
      .run(rule, [this](std::string_view name) { context_.notifier.info(fmt::format("\t{}", name)); });
}

void Deletion::leave_parent(const std::string& parent_id, const std::string& id) {
  BackupInfo* parent = context_.catalog.find(parent_id);
  std::vector<std::string> children = parent->children();
  std::erase(children, id);
  parent->children_backup_ids = children.empty() ? std::nullopt : std::optional(join(children, ","));
  context_.catalog.save(*parent);
}

// Files that the next backup shared with the deleted one are its own now.
void Deletion::measure_again(const std::string& id) {
  const bool copied = fs::exists(context_.catalog.info_path(id));  // else it is the only one, and Barman counts it
  fs::remove_abandoned_replacements(context_.catalog.base_directory(id) + "/backup.info");
  const TreeSize size = measure_tree(context_.catalog.base_directory(id), copied ? "backup.info" : "");
  context_.catalog.reload();  // a check-backup may have judged it meanwhile
  BackupInfo* backup = context_.catalog.find(id);
  if (!backup) return;
  backup->size = size.all;
  backup->deduplicated_size = size.own;
  context_.catalog.save(*backup);
}

void Deletion::enforce_retention(const Timestamp& at) {
  auto& [config, locks, catalog, annotations, xlogdb, hooks, notifier] = context_;
  clear_stale_marks();
  if (!config.retention_policy || config.retention_policy_mode != "auto") return;
  try {
    catalog.require_all_readable();
  } catch (const Error& error) {
    notifier.error(with_hint(error));
    return;
  }
  const Keeps keep = keeps_of(annotations);
  const auto report = catalog::retention_report(catalog.all(), *config.retention_policy, config.minimum_redundancy,
                                                keep, at, catalog.histories());
  std::vector<std::string> obsolete;
  for (const BackupInfo* entry : catalog.in_order()) {  // so that WAL goes with the first of them
    const BackupInfo& backup = *entry;
    const std::string& id = backup.backup_id;
    const auto status = report.find(id);
    const bool unfinished = annotations.delete_this(id) && !keep(id);
    if (catalog.is_orphan(backup) && !unfinished && backup.status != BackupStatus::empty &&
        backup.status != BackupStatus::unknown) {
      notifier.warning(
          fmt::format("Backup '{}' is an orphan backup, this is possibly the result of an incomplete delete operation. "
                      "Please manually "
                      "delete the following files or directories if present:\n* {} \n* {} \n",
                      id, catalog.base_directory(id), catalog.readable_info_path(id)));
      continue;
    }
    if (unfinished || (status != report.end() && status->second == RetentionStatus::obsolete)) obsolete.push_back(id);
  }
  for (const std::string& id : obsolete)
    if (catalog.find(id)) delete_tree(id, Requester::retention_policy);
}

}  // namespace barman::backup
