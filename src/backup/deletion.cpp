#include "barman/backup/deletion.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "barman/archive/wal_archive.h"
#include "barman/backup/retention_plan.h"
#include "barman/backup/room.h"
#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/calendar_keeps.h"
#include "barman/cloud/object_removal.h"
#include "barman/cloud/place.h"
#include "barman/core/log.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"
#include "barman/fs/tree.h"
#include "barman/hooks/hooks.h"

namespace barman::backup {

namespace {

using catalog::BackupInfo;
using catalog::BackupStatus;

// Whether all of them are there for certain.
bool are_there(const std::vector<std::string>& keys, const std::string& id, const cloud::Place& place) {
  try {
    return cloud::objects_of(*place.store, place.layout, id) == keys;
  } catch (const Error& error) {
    log::warning("barman.backup", "cannot see what is left of backup {}: {}", id, error.what());
    return false;
  }
}

// Asking it again would take as long as the question that it has not answered.
bool has_answered(const Error& error) {
  const auto* refused = dynamic_cast<const store::StoreError*>(&error);
  return refused == nullptr || refused->refusal() != store::Refusal::unreachable;
}

Keeps keeps_of(const catalog::Annotations& annotations) {
  return [&annotations](const std::string& id) { return annotations.keep(id); };
}

}  // namespace

Deletion::Deletion(ServerContext& server)
    : config_(server.config()),
      locks_(server.locks()),
      catalog_(server.backups()),
      annotations_(server.annotations()),
      archive_(server.archive()),
      hooks_(server.hooks()),
      notifier_(server.notifier()),
      place_(server.backup_place()) {
  archive_.index();
}

bool Deletion::delete_backup(const std::string& id) {
  const Keeps keep = keeps_of(annotations_);
  const auto ended_but_for_its_mark = [this, &id] { return !entry(id) && annotations_.delete_this(id); };
  const auto declined = [this, &id, &keep, &ended_but_for_its_mark] {
    if (ended_but_for_its_mark()) return false;
    const BackupInfo* backup = entry(id);
    if (!backup) throw Error(Errc::not_found, fmt::format("Unknown backup '{}' for server '{}'", id, config_.name));
    const auto reason = refusal(catalog_, *backup, keep, config_);
    if (reason) notifier_.warning(*reason);
    return reason.has_value();
  };
  if (declined()) return false;
  if (const BackupInfo* backup = entry(id); backup && !catalog::Descent(catalog_.all()).children(*backup).empty())
    notifier_.warning(
        fmt::format("Backup {} has incremental backups which depend on it. Deleting all backups in the tree", id));
  const auto lock = Room(config_, locks_).lock(locks_.backup());
  if (!lock) {
    notifier_.error(
        fmt::format("Another process in running on server {}. Impossible to delete the backup.", config_.name));
    return false;
  }
  held_ = &*lock;
  catalog_.reload();  // what was decided without the lock may be out of date
  if (declined()) return false;
  warn_of_unreadable(id);
  return ended_but_for_its_mark() ? finish_without_entry(id, Requester::command) : delete_tree(id, Requester::command);
}

std::vector<std::string> Deletion::tree_of(const std::string& id) const {
  return deletion_order([this](const std::string& at) { return entry(at); }, catalog::Descent(catalog_.all()), id);
}

// All of a tree or nothing: whoever holds a member reads it, or takes a backup on top of it.
bool Deletion::delete_tree(const std::string& id, Requester requester) {
  const auto held = lock_tree(id, requester);
  if (!held) return false;
  for (const std::string& each : tree_of(id)) {
    if (delete_locked(each, requester)) continue;
    report_stop(each, id, requester);
    return false;
  }
  return true;
}

std::optional<std::vector<fs::LockFile>> Deletion::lock_tree(const std::string& id, Requester requester) {
  std::vector<fs::LockFile> held;
  std::set<std::string> locked;
  const auto lock_the_others = [&] {
    for (const std::string& member : tree_of(id)) {
      if (locked.contains(member)) continue;
      auto lock = lock_member(member, requester);
      if (!lock) {
        report_stop(member, id, requester);
        return false;
      }
      held.push_back(std::move(*lock));
      locked.insert(member);
    }
    return true;
  };
  // The command holds the lock of those who take backups. Without it, one that has ended since the catalogue was read
  // may be on top of the tree.
  for (std::size_t before = 0; lock_the_others(); before = held.size()) {
    if (requester == Requester::command || held.size() == before) return held;
    catalog_.reload();
  }
  return std::nullopt;
}

std::optional<fs::LockFile> Deletion::lock_member(const std::string& id, Requester requester) {
  auto held = lock(id, requester);
  if (!held || requester == Requester::command || !is_being_written(id)) return held;
  notifier_.warning(
      fmt::format("Backup {} of server {} is being written, skipping retention policy application", id, config_.name));
  return std::nullopt;
}

// By somebody who does not hold its own lock: Barman, or the copy of a passive node.
bool Deletion::is_being_written(const std::string& id) {
  const BackupInfo* backup = entry(id);
  if (backup == nullptr || catalog_.is_half_deleted(id)) return false;
  const auto held_by_others = [](const std::string& path) {
    return fs::exists(path) && !fs::LockFile::try_acquire(path);
  };
  switch (backup->status) {
    case BackupStatus::empty:
    case BackupStatus::started:
      return held_by_others(locks_.backup());
    case BackupStatus::syncing:
      return held_by_others(locks_.sync_backup(id));
    default:
      return false;
  }
}

void Deletion::report_stop(const std::string& at, const std::string& root, Requester requester) const {
  if (at != root && requester == Requester::command)
    notifier_.error(
        "Failed to delete one of its incremental backups. Make sure all its dependent backups are "
        "deletable and try again.");
}

std::optional<fs::LockFile> Deletion::lock(const std::string& id, Requester requester) {
  const std::string& server = config_.name;
  auto lock = Room(config_, locks_).lock(locks_.backup_id(id), held_);
  if (!lock && requester == Requester::command)
    notifier_.error(fmt::format("Another process is holding the lock for backup {} of server {}.", id, server));
  else if (!lock)
    notifier_.warning(
        fmt::format("Another action is in progress for the backup {} of server {}, skipping retention policy "
                    "application",
                    id, server));
  return lock;
}

bool Deletion::delete_locked(const std::string& id, Requester requester) {
  if (!catalog_.exists(id)) return true;  // another process was faster
  if (requester == Requester::retention_policy)
    notifier_.info(fmt::format("Enforcing retention policy: removing backup {} for server {}", id, config_.name));
  const BackupInfo backup = *entry(id);
  const Keeps keep = keeps_of(annotations_);
  try {
    carry_out(plan_deletion(catalog_, backup, keep, requester, config_), backup);
  } catch (const hooks::Aborted& aborted) {
    notifier_.error(aborted.what());
    report_unfinished(id);
    return false;
  } catch (const Interrupted&) {
    report_unfinished(id);
    throw;
  } catch (const Error& error) {
    notifier_.error(fmt::format("Failure deleting backup {} for server {}.\n{}", id, config_.name, with_hint(error)));
    report_unfinished(id);
    return false;
  }
  return true;
}

// From here on it must not be restored. Where there is no room for the new status, the data is renamed, which needs
// none: what is not there is no more restored than what is STARTED, and goes first, so that there is room.
void Deletion::take_out_of_service(const BackupInfo& damaged) {
  try {
    Room(config_, locks_).make_for([&] { catalog_.save(damaged); });
  } catch (const Error& error) {
    if (!names_lack_of_room(error.what()) || catalog_.elsewhere()) throw;
    const std::string base = catalog_.base_directory(damaged.backup_id), deleted = base + "/.deleted";
    fs::remove_tree(deleted);  // of a deletion that was cut short here
    if (const std::string data = catalog_.data_directory(damaged.backup_id); fs::lstat_if_exists(data)) {
      fs::rename_file(data, deleted);
      fs::sync_directory(base);
      fs::remove_tree(deleted);
    }
    catalog_.save(damaged);
  }
}

void Deletion::report_unfinished(const std::string& id) {
  if (!annotations_.delete_this(id)) return;
  notifier_.warning(
      fmt::format("Backup {0} of server {1} is half-deleted and cannot be restored any more. To finish its deletion: "
                  "barman delete {1} {0}",
                  id, config_.name));
}

// Whenever this stops in the middle, the backup is not restorable and marked for whoever deletes next. The mark is the
// last thing to go: until then the same command finishes this deletion and begins no other.
void Deletion::carry_out(const DeletionPlan& plan, const BackupInfo& backup) {
  if (backup.type() == catalog::BackupType::snapshot)
    throw Error(Errc::unsupported, "this program cannot delete the snapshots of a snapshot backup",
                "delete it with Barman, which asks the provider to delete the snapshots");
  const Timestamp start = now();
  require_unlocked(plan.id);
  const bool begun_before = annotations_.delete_this(plan.id);
  Room(config_, locks_).make_for([&] { annotations_.set_delete_this(plan.id, catalog::serialize(backup)); });
  try {
    hooks_.run_pre(hooks::Operation::remove, hooks::backup_variables(catalog_, backup));
  } catch (...) {
    // Nothing has happened, and nothing is to be finished later.
    if (!begun_before) annotations_.clear_delete_this(plan.id);
    throw;
  }
  notifier_.info(fmt::format("Deleting backup {} for server {}", plan.id, config_.name));
  if (backup.copy_done()) {
    BackupInfo damaged = backup;
    damaged.set_status(BackupStatus::started);
    take_out_of_service(damaged);
  }
  if (place_ != nullptr)
    remove_from_store(backup, begun_before);
  else
    remove_directories(plan);
  if (plan.wal_rule) remove_wals(*plan.wal_rule);
  if (place_ == nullptr) remove_base(plan.id);
  if (plan.parent_id) catalog_.disown(*plan.parent_id, plan.id);
  // Before the entry goes: as long as it is there, a deletion that is killed will be finished.
  if (plan.resized_id) measure_again(*plan.resized_id);
  catalog_.forget(plan.id);
  finish(backup, start);
}

// What is being uploaded still, by a backup that was killed, goes first: it would stay in the store unseen. Where
// nothing can be removed, as in a store that the keys of this host may not delete from, the backup is as good as
// before.
void Deletion::remove_from_store(const BackupInfo& backup, bool begun_before) {
  const std::string& id = backup.backup_id;
  const std::vector<std::string> keys = cloud::objects_of(*place_->store, place_->layout, id);
  try {
    cloud::abort_uploads(*place_->store, place_->layout, id);
    cloud::remove_objects(*place_->store, keys, cloud::removal_batch(*place_->store, config_.cloud_delete_batch_size));
  } catch (const Error& error) {
    if (!begun_before && has_answered(error) && are_there(keys, id, *place_)) {
      catalog_.save(backup);
      annotations_.clear_delete_this(id);
    }
    throw;
  }
}

void Deletion::remove_directories(const DeletionPlan& plan) {
  for (const std::string& directory : plan.directories) {
    signals::throw_if_pending();
    fs::remove_tree(directory);
  }
}

void Deletion::remove_base(const std::string& id) {
  fs::remove_tree(catalog_.base_directory(id));
  if (fs::is_directory(config_.basebackups_directory)) fs::sync_directory(config_.basebackups_directory);
}

// Before anything is touched, the mark included: what is locked may be so for years.
void Deletion::require_unlocked(const std::string& id) {
  if (place_ == nullptr || !config_.aws_check_object_lock) return;
  if (!place_->store->abilities().object_lock)
    log::warning("barman.backup",
                 "aws_check_object_lock is only supported for S3 storage. Object lock checks will not be performed for "
                 "server '{}'.",
                 config_.name);
  cloud::require_unlocked(*place_->store, cloud::objects_of(*place_->store, place_->layout, id));
}

void Deletion::finish(const BackupInfo& backup, const Timestamp& start) {
  notifier_.info(fmt::format("Deleted backup {} (start time: {}, elapsed time: {})", backup.backup_id, to_ctime(start),
                             human_interval(now() - start)));
  fs::remove_free_lock(locks_.sync_backup(backup.backup_id));
  hooks_.run_post(hooks::Operation::remove, hooks::backup_variables(catalog_, backup));
  // Nothing may come behind the mark: a command that is stopped without it and is typed again would begin another one.
  fs::remove_file(locks_.backup_id(backup.backup_id));
  annotations_.drop_delete_this(backup.backup_id);
}

// Of a deletion that was stopped after its last change of the catalogue: its hooks may not have run.
bool Deletion::finish_without_entry(const std::string& id, Requester requester) {
  const auto held = lock(id, requester);
  if (!held) return false;
  if (!annotations_.delete_this(id)) return true;  // another process was faster
  if (auto backup = annotations_.marked_entry(id))
    finish(*backup, now());
  else
    annotations_.clear_delete_this(id);
  return true;
}

void Deletion::remove_wals(const WalPurgeRule& rule) {
  notifier_.info("Delete associated WAL segments:");
  WalPurge(config_, archive_, hooks_, notifier_).run(rule, [this](std::string_view name) {
    notifier_.info(fmt::format("\t{}", name));
  });
}

// Files that the next backup shared with the deleted one are its own now.
void Deletion::measure_again(const std::string& id) {
  const bool copied = fs::exists(catalog_.info_path(id));  // else it is the only one, and Barman counts it
  fs::remove_abandoned_replacements(catalog_.base_directory(id) + "/backup.info");
  const fs::TreeSize size = fs::measure_tree(catalog_.base_directory(id), copied ? "backup.info" : "");
  catalog_.reload();  // a check-backup may have judged it meanwhile
  BackupInfo* backup = catalog_.find(id);
  if (!backup) return;
  backup->size = size.all;
  backup->deduplicated_size = size.own;
  catalog_.save(*backup);
}

// Those of the catalogue that are kept since stay: the keep is the later word.
void Deletion::finish_interrupted() {
  for (const std::string& id : annotations_.all_delete_this()) {
    if (!entry(id)) {
      if (annotations_.delete_this(id)) finish_without_entry(id, Requester::finishing);
    } else if (catalog_.is_half_deleted(id) && (!catalog_.find(id) || !removes_by_policy(config_))) {
      notifier_.info(fmt::format("Finishing the interrupted deletion of backup {} for server {}", id, config_.name));
      delete_tree(id, Requester::finishing);
    }
  }
}

// By the policy, and those that it finds half-deleted, in the order in which they were taken: WAL goes with the first.
std::vector<std::string> Deletion::obsolete(const RetentionPlan& plan) const {
  std::vector<std::string> ids;
  for (const RetentionStep& step : plan.steps) {
    const std::string& id = step.backup->backup_id;
    if (step.orphan)
      notifier_.warning(
          fmt::format("Backup '{}' is an orphan backup, this is possibly the result of an incomplete delete operation. "
                      "Please manually "
                      "delete the following files or directories if present:\n* {} \n* {} \n",
                      id, catalog_.base_directory(id), catalog_.readable_info_path(id)));
    if (step.goes) ids.push_back(id);
  }
  return ids;
}

// The ids that must stay whatever the plan says: what is to be released and is not, or is somebody else's by now. What
// could not be kept is not obsolete by the plan.
std::set<std::string> Deletion::keep_by_calendar(const RetentionPlan& plan, catalog::CalendarKeeps& keeps) {
  std::set<std::string> still_kept;
  const auto attempt = [&](const std::string& id, std::string_view what, const std::function<void()>& change) {
    signals::throw_if_pending();
    try {
      change();
      return true;
    } catch (const Error& error) {
      notifier_.error(fmt::format("cannot {} backup {} of server {}: {}", what, id, config_.name, with_hint(error)));
      return false;
    }
  };
  for (const std::string& id : plan.calendar.keep)
    attempt(id, "keep", [&] {
      Room(config_, locks_).make_for([&] { keeps.keep(id); });
      notifier_.info(fmt::format("Retention calendar: keeping backup {} of server {} with its own WAL, the first of {}",
                                 id, config_.name, plan.holds.at(id)));
    });
  for (const std::string& id : plan.calendar.release) {
    const bool released =
        keeps.is_ours(id) && attempt(id, "release", [&] {
          keeps.release(id);
          notifier_.info(fmt::format("Retention calendar: releasing backup {} of server {}", id, config_.name));
        });
    if (!released) still_kept.insert(id);
  }
  return still_kept;
}

void Deletion::enforce_retention(const Timestamp& at, const fs::LockFile& held) {
  held_ = &held;
  catalog_.reload();  // deletions continue while the rest of cron is at work
  finish_interrupted();
  if (!config_.retention_calendar_valid() && config_.retention_policy)
    notifier_.error(with_hint(fmt::format("invalid retention_calendar '{}' of server {}: no backup is removed",
                                          *config_.retention_calendar_text, config_.name),
                              "write it as 7 days, 4 weeks, 12 months, 3 years"));
  if (!removes_by_policy(config_)) return;
  catalog::CalendarKeeps calendar(config_, annotations_);
  calendar.tidy();
  const RetentionPlan plan = plan_retention(
      catalog_, keeps_of(annotations_), [&](const std::string& id) { return calendar.is_ours(id); }, rules_of(config_),
      at);
  std::set<std::string> left = keep_by_calendar(plan, calendar);
  const std::vector<std::string> ids = obsolete(plan);
  if (!ids.empty()) warn_of_unreadable("");
  warn_of_newest(ids);
  for (const std::string& id : ids) {
    const BackupInfo* backup = catalog_.find(id);
    const auto is_left = [&left](const BackupInfo* member) { return left.contains(member->backup_id); };
    if (backup == nullptr || std::ranges::any_of(catalog::chain_of(catalog_, *backup).members, is_left)) continue;
    if (!delete_tree(id, Requester::retention_policy)) left.insert(id);
  }
}

// Increments go with the backup at the root of their chain, which may be old however young they are.
void Deletion::warn_of_newest(const std::vector<std::string>& obsolete) const {
  const BackupInfo* newest = catalog_.latest();
  if (newest == nullptr || newest->type() != catalog::BackupType::incremental ||
      std::ranges::find(obsolete, newest->backup_id) == obsolete.end())
    return;
  const auto chain = catalog::chain_of(catalog_, *newest);
  notifier_.warning(fmt::format(
      "Backup {} is the newest of server {}, and obsolete all the same: as an incremental backup it is kept "
      "no longer than the backup at the root of its chain, {}. Take full backups often enough",
      newest->backup_id, config_.name, chain.root().backup_id));
}

// One that cannot be read has what stands for it.
const BackupInfo* Deletion::entry(const std::string& id) const {
  const catalog::BackupCatalog& catalog = catalog_;
  const BackupInfo* readable = catalog.find(id);
  return readable ? readable : catalog.stand_in(id);
}

void Deletion::warn_of_unreadable(const std::string& except) const {
  for (const auto& [id, reason] : catalog_.unreadable())
    if (id != except) notifier_.warning(describe_unreadable(catalog_, id));
  for (const auto& [id, backup] : catalog_.all())
    if (id != except && backup.copy_done() && !is_wal_segment(backup.begin_wal.value_or("")))
      notifier_.warning(
          fmt::format("Backup {} cannot be judged, so no WAL is removed: {} does not say where its "
                      "WAL begins",
                      id, catalog_.readable_info_path(id)));
}

}  // namespace barman::backup
