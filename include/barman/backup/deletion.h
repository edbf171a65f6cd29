#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "barman/backup/wal_purge.h"
#include "barman/catalog/backup_chain.h"
#include "barman/catalog/retention.h"
#include "barman/fs/lock_file.h"
#include "barman/server/server_context.h"

// Deletion of backups (algorithms.md 12.4, 13), by command and by retention policy.
namespace barman::catalog {
class CalendarKeeps;
}
namespace barman::cloud {
struct Place;
}

namespace barman::backup {

struct RetentionPlan;

// What to do about one backup: computed first, then carried out in this order.
struct DeletionPlan {
  std::string id;
  std::vector<std::string>
      directories;  // tablespaces, then data; what is left of base/{ID} goes last. In a store: none
  std::optional<WalPurgeRule> wal_rule;   // unset: no WAL is removed
  std::optional<std::string> parent_id;   // loses this id from its children
  std::optional<std::string> resized_id;  // the next rsync backup: files shared with this one become its own
};

// `gone`: ids of the same tree that the catalogue still has and that will have been deleted by then.
DeletionPlan plan_deletion(const catalog::BackupCatalog& catalog, const catalog::BackupInfo& backup, const Keeps& keep,
                           Requester requester, const config::ServerConfig& config,
                           const std::set<std::string>& gone = {});

// Why `barman delete` declines (keep, minimum redundancy), in Barman's words.
std::optional<std::string> refusal(const catalog::BackupCatalog& catalog, const catalog::BackupInfo& backup,
                                   const Keeps& keep, const config::ServerConfig& config);

// The backup and all incremental ones that depend on it, each after its own children. Those that are listed as children
// and are not there are left out.
std::vector<std::string> deletion_order(const catalog::FindBackup& find, const catalog::Descent& descent,
                                        const std::string& id);

class Deletion {
 public:
  // Makes an absent index of the archive.
  explicit Deletion(ServerContext& server);

  // `barman delete`: the backup and what depends on it, under the server's backup lock; also one whose entry is gone
  // and whose mark says that its deletion was not finished. False: declined, busy or failed; the reason has been
  // reported to the notifier. Throws on a signal. Other entries that cannot be read are reported, and keep the WAL that
  // they may need; one of this id is deleted, as far as the others allow.
  bool delete_backup(const std::string& id);

  // What cron does: finishes interrupted deletions, and applies the retention policy (algorithms.md 12.4) if there is
  // one and its mode is auto: warns about orphans, has the calendar keep and release, and then deletes what is obsolete
  // (backup/retention_plan.h). Every failure is reported; one backup's
  // does not stop the others, and neither does an entry that cannot be read: it keeps the WAL that it may need. `held`
  // is cron's lock of the server.
  void enforce_retention(const Timestamp& now, const fs::LockFile& held);

 private:
  bool delete_tree(const std::string& id, Requester requester);
  std::vector<std::string> tree_of(const std::string& id) const;
  std::optional<std::vector<fs::LockFile>> lock_tree(const std::string& id, Requester requester);
  std::optional<fs::LockFile> lock_member(const std::string& id, Requester requester);
  bool is_being_written(const std::string& id);
  void report_stop(const std::string& at, const std::string& root, Requester requester) const;
  bool delete_locked(const std::string& id, Requester requester);
  void warn_of_newest(const std::vector<std::string>& obsolete) const;
  void carry_out(const DeletionPlan& plan, const catalog::BackupInfo& backup);
  void take_out_of_service(const catalog::BackupInfo& damaged);
  void remove_from_store(const catalog::BackupInfo& backup, bool begun_before);
  void remove_directories(const DeletionPlan& plan);
  void remove_base(const std::string& id);
  void require_unlocked(const std::string& id);
  void remove_wals(const WalPurgeRule& rule);
  void measure_again(const std::string& id);
  void finish(const catalog::BackupInfo& backup, const Timestamp& start);
  bool finish_without_entry(const std::string& id, Requester requester);
  std::optional<fs::LockFile> lock(const std::string& id, Requester requester);
  void finish_interrupted();
  std::vector<std::string> obsolete(const RetentionPlan& plan) const;
  std::set<std::string> keep_by_calendar(const RetentionPlan& plan, catalog::CalendarKeeps& keeps);
  void report_unfinished(const std::string& id);
  const catalog::BackupInfo* entry(const std::string& id) const;
  void warn_of_unreadable(const std::string& except) const;
  const config::ServerConfig& config_;
  const fs::LockDirectory& locks_;
  catalog::BackupCatalog& catalog_;
  catalog::Annotations& annotations_;
  archive::WalArchive& archive_;
  const hooks::Hooks& hooks_;
  Notifier& notifier_;
  const cloud::Place* place_;           // of its backups; nullptr: they are directories
  const fs::LockFile* held_ = nullptr;  // the lock of the server under which backups are deleted
};

}  // namespace barman::backup
