#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_info.h"
#include "barman/catalog/wal_purge_rule.h"

// What a run of barman-cloud-backup-delete removes: computed once, from the catalogue and one listing of the WAL.
namespace barman::cloud {

using Backups = std::vector<const catalog::BackupInfo*>;
using KeepMap = std::map<std::string, catalog::KeepTarget>;

struct DeletionRequest {
  Backups in_order;                 // all backups there are, in the order in which they were taken
  std::vector<std::string> doomed;  // ids, in the order in which they go
  KeepMap keeps;
  catalog::Requester requester = catalog::Requester::command;
  Timestamp at{};  // now
};

// A backup that has not ended, and began less than a week before: nothing in a bucket tells one that runs from one that
// was killed. Several may run at once, so an older one that ended does not speak for it.
bool may_be_running(const catalog::BackupInfo& backup, const Timestamp& at);

// Keys that go with one backup, each list in the order of the store.
struct WalDeletion {
  std::vector<std::string> prefixes;  // "directories" that go as a whole, with a slash; what is in them:
  std::vector<std::string> in_prefixes;
  std::vector<std::string> single;
};

// Sorts the keys of a listing under the deletions that remove them.
class DeletionPlan {
 public:
  // `by_prefix`: whole directories are shown and removed as such.
  DeletionPlan(const DeletionRequest& request, bool by_prefix);
  bool removes_wal() const;
  void add(const std::string& key);  // in the order of the listing
  void finish();
  const std::vector<WalDeletion>& wal() const { return wal_; }  // one for each of the doomed

 private:
  std::optional<std::size_t> step_of(std::string_view name) const;
  void end_directory();
  bool goes_as_a_whole(std::size_t step) const;

  std::vector<std::optional<catalog::WalPurgeRule>> rules_;
  std::vector<WalDeletion> wal_;
  bool by_prefix_;
  std::string directory_;  // that is being listed
  bool something_stays_ = false;
  std::vector<std::pair<std::size_t, std::string>> going_;  // of this directory
};

// Why the backup of that id must not be deleted at someone's request; nullopt: it may. Backups that failed or are not
// finished count for no redundancy, and are not protected by it.
std::optional<std::string> refusal(const std::string& server, const catalog::BackupInfo& backup, const Backups& all,
                                   bool kept, std::int64_t minimum_redundancy);

}  // namespace barman::cloud
