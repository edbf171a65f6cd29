#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/catalog/backup_order.h"
#include "barman/catalog/mirror.h"
#include "barman/cloud/layout.h"
#include "barman/cloud/place.h"
#include "barman/store/object_store.h"

namespace barman::cloud {

// Every backup.info of one server in a bucket, read at once by several connections. Everything read there was written
// by others: an entry that is no backup.info does not hide the others.
catalog::Mirror::Entries read_entries(store::ObjectStore& store, const Layout& layout);
// What is kept, by one listing of base/.
std::map<std::string, catalog::KeepTarget> read_keeps(store::ObjectStore& store, const Layout& layout);

class Catalogue {
 public:
  Catalogue(store::ObjectStore& store, Layout layout);

  const std::map<std::string, catalog::BackupInfo>& backups() const { return entries_.backups; }
  const std::map<std::string, std::string>& unreadable() const { return entries_.unreadable; }  // ids, and why
  const catalog::BackupInfo* find(const std::string& id) const;
  // In the order in which they were taken (backup_order.h).
  std::vector<const catalog::BackupInfo*> in_order() const;
  // An id is returned as it is, whether there is such a backup or not. Throws Error(not_found) with Barman's text for a
  // word that means none.
  std::string resolve(std::string_view word) const;

  std::map<std::string, catalog::KeepTarget> keeps() const { return read_keeps(store_, layout_); }
  // History files of the timelines that backups are on, if they are on several. Damaged ones are left out, with a
  // warning in the log.
  const catalog::TimelineHistories& histories() const { return histories_; }

 private:
  void read_histories();
  store::ObjectStore& store_;
  Layout layout_;
  catalog::Mirror::Entries entries_;
  catalog::TimelineHistories histories_;
};

// One backup, by one request; nullopt: there is no such one. Throws Error(corrupt).
std::optional<catalog::BackupInfo> read_backup(store::ObjectStore& store, const Layout& layout, const std::string& id);
// The id that a word means, without reading all of them if it is an id.
std::string resolve_backup(store::ObjectStore& store, const Layout& layout, std::string_view word);

std::optional<catalog::KeepTarget> read_keep(store::ObjectStore& store, const Layout& layout, const std::string& id);

// The keys of all that lies below a backup.
void list_backup(const Place& place, const std::string& id, const std::function<void(const std::string&)>& visit);

// Names of what lies directly in the "directory" `prefix`, which ends in a slash, as "directories".
std::vector<std::string> list_prefixes(store::ObjectStore& store, const std::string& prefix);

}  // namespace barman::cloud
