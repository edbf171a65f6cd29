#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_info.h"
#include "barman/cloud/archive_journal.h"
#include "barman/config/server_config.h"
#include "barman/core/time.h"
#include "wal_list.h"

namespace barman::cloud_copy {

// How the last runs ended.
struct Outcomes {
  std::optional<Timestamp> last_success;
  std::optional<Timestamp> failed_at;  // unset: the last one did not fail
  std::string failure;
  std::optional<Timestamp> retention_due{};  // set: what is obsolete was locked; it is looked at again then
};

// What is known here to be in the copy of one server, in files of our own below {backup_directory}/.cloud-copy, so that
// a run asks the store about nothing that it knows: the entries of backups as they stand there ({ID}.info), their keeps
// ({ID}.keep), the archives of backups that are not complete yet ({ID}.archives), names of WAL files (wals), and how
// the last runs ended (outcome). All of it can be deleted: what the store says takes its place, and only an upload that
// was cut off begins anew.
class Ledger {
 public:
  explicit Ledger(const config::ServerConfig& config);

  // Whether it is about the place that is configured now.
  bool is_of(const std::string& place) const;
  void begin_anew();                        // nothing is known, here and on the disk
  void disbelieve();                        // nothing is known here
  void complete(const std::string& place);  // what is in it is all there is

  const std::map<std::string, catalog::BackupInfo>& backups() const { return backups_; }
  const std::map<std::string, catalog::KeepTarget>& keeps() const { return keeps_; }
  // Of these, the ids that somebody keeps there, and not because they are kept here.
  const std::set<std::string>& kept_by_others() const { return kept_by_others_; }
  bool holds(const std::string& id) const { return backups_.contains(id); }
  std::optional<std::string> entry(const std::string& id) const;  // to the letter
  void put_entry(const std::string& id, const std::string& text);
  enum class Keeper { catalogue, others };
  void put_keep(const std::string& id, std::optional<catalog::KeepTarget> keep, Keeper keeper = Keeper::catalogue);
  void forget(const std::string& id);

  WalList& wals() const;  // read when it is first asked for
  const WalNames& wal_names() const { return wals().names(); }

  // Of a backup whose entry is not there yet; may be used by several threads. Archives with another extension than that
  // are not believed.
  std::unique_ptr<cloud::ArchiveJournal> journal(const std::string& id, const std::string& extension) const;
  std::vector<cloud::FinishedArchive> archives(const std::string& id) const;
  std::vector<std::string> unfinished() const;  // ids that have some
  void forget_archives(const std::string& id);

  Outcomes outcomes() const;
  void note(const Outcomes& outcomes);

 private:
  std::string path(const std::string& name) const { return directory_ + '/' + name; }
  void load();
  std::string directory_;
  std::map<std::string, catalog::BackupInfo> backups_;
  std::map<std::string, catalog::KeepTarget> keeps_;
  std::set<std::string> kept_by_others_;
  mutable std::optional<WalList> wals_;
};

std::string ledger_directory(const config::ServerConfig& config);

}  // namespace barman::cloud_copy
