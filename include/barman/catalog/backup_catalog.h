#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/catalog/backup_order.h"
#include "barman/catalog/mirror.h"
#include "barman/catalog/read_entries.h"
#include "barman/config/server_config.h"
#include "barman/core/error.h"

namespace barman::catalog {

// The backups of one server (formats.md 3.1, 4): entries on disk, and in a mirror where the backups are elsewhere.
// Reads the catalogue once, on first use; save() and forget() keep what it holds in step. An entry that cannot be read
// does not hide the others: see unreadable().
class BackupCatalog {
 public:
  // The archived history file of a timeline, decompressed; nullopt: there is none. May throw Error.
  using ReadHistory = std::function<std::optional<std::string>(std::uint32_t timeline)>;

  // Without `history`, backups are ordered by their times alone.
  explicit BackupCatalog(const config::ServerConfig& config, ReadHistory history = {}, const Mirroring& mirroring = {});

  // All readable entries in ascending id order, whatever their status: as listings show them.
  const std::map<std::string, BackupInfo>& all() const;
  // The same in the order in which they were taken (backup_order.h): what words, neighbours and retention go by.
  const std::vector<const BackupInfo*>& in_order() const;
  const TimelineHistories& histories() const;
  // The other entries, by id, with the reason. Commands that list report each as an error.
  const std::map<std::string, Error>& unreadable() const;
  // What stands for such an entry where all that exist have to be respected: status UNKNOWN, begin_wal and mode if its
  // file says them all the same, parent and children as the other entries say. nullptr: there is none.
  const BackupInfo* stand_in(const std::string& id) const;
  std::vector<const BackupInfo*> in_order_with_unreadable() const;
  // Throws the first of those reasons: for what must name every backup.
  void require_all_readable() const;
  const BackupInfo* find(const std::string& id) const;
  BackupInfo* find(const std::string& id);
  // Its deletion was interrupted or is under way (annotations.h), and it was not marked to be kept since. Also of ids
  // whose entry is gone already.
  bool is_half_deleted(const std::string& id) const;
  std::map<std::string, BackupInfo> staying() const;  // all() without these
  // Neighbours with the copy done (DONE or WAITING_FOR_WALS) and not half-deleted; nullptr at the ends.
  const BackupInfo* previous(const BackupInfo& backup) const;
  const BackupInfo* next(const BackupInfo& backup) const;
  const BackupInfo* latest() const;  // the same
  const BackupInfo* oldest() const;  // the same
  int done_full_count() const;       // DONE, not incremental nor half-deleted: what minimum redundancy counts

  // An id, shortcut or name (commands.md 1.8). Throws Error(not_found) with Barman's text, or the reason why the
  // entry of that id cannot be read. Words never mean a half-deleted backup; its id does where it may be shown, and is
  // refused where more than looking is done.
  enum class HalfDeleted { refused, shown };
  const BackupInfo& resolve(std::string_view argument, HalfDeleted half = HalfDeleted::refused) const;
  // The id that is to be deleted: also of an entry that cannot be read. A word that meets an unfinished deletion means
  // that one (backup_words.h), even if its entry is gone.
  std::string resolve_for_deletion(std::string_view argument) const;
  Error half_deleted(const std::string& id) const;  // why such a backup is refused

  // A fresh entry with status EMPTY, server and mode filled in, id = `at` in local time; not saved yet. If that id
  // exists the next free second is taken.
  BackupInfo create(const Timestamp& at) const;
  // Durable, meta/{ID}-backup.info; throws. A backup that has ended gets its copy at the previous location
  // (legacy_layout.h). Then in the mirror: what did not get there throws as well, and stays noted until it does
  // (unsent()).
  void save(const BackupInfo& info);
  // Removes the entry durably, in the mirror before meta/{ID}-backup.info, with what belongs to it here.
  void forget(const std::string& id);
  void reload();  // look again at the next use, and read what has changed

  // The parent's side of incremental backups: what it has as children is replaced, or loses one, and is saved if that
  // is new. Hold the parent's lock. Nothing happens if there is no such entry.
  void adopt(const std::string& parent_id, const std::vector<std::string>& children);
  void disown(const std::string& parent_id, const std::string& child_id);

  // For what was saved by others: backups that have ended whose copy at the previous location is missing or not
  // current, and the making of one where that is so. Hold the lock of that backup. Both do nothing when the option
  // legacy_links is off.
  std::vector<std::string> missing_at_old_place() const;
  void serve_old_place(const std::string& id);

  // Entries that the mirror does not have as they were saved: their sending failed, or was cut off.
  std::vector<std::string> unsent() const;
  void send(const std::string& id);    // one of these. Hold the lock of that backup
  bool exists(const std::string& id);  // looked up now: others may have deleted it
  const Mirroring& mirroring() const { return mirroring_; }
  // The backups are no directories here. What follows then names them for people and hooks, and is no path.
  bool elsewhere() const { return mirroring_.is_read || config_.keeps_backups_in_store(); }

  std::string info_path(const std::string& id) const;           // where save() writes
  std::string readable_info_path(const std::string& id) const;  // where a reader would look (old layout included)
  // The manifest of a backup that is elsewhere, which incremental ones are taken on top of.
  std::string manifest_path(const std::string& id) const;
  std::string base_directory(const std::string& id) const;  // base/{ID}
  std::string data_directory(const std::string& id) const;  // base/{ID}/data (or pgdata of the oldest layout)
  // Configuration files of the server from outside PGDATA, below their own paths (backup_method = postgres). Barman
  // ignores it, and deletes and copies it with the rest of base/{ID}.
  std::string configuration_directory(const std::string& id) const;
  std::string tablespace_directory(const std::string& id, std::int64_t oid) const;
  bool is_orphan(const BackupInfo& info) const;

 private:
  void load() const;
  void load_marks() const;
  void load_mirror() const;
  void keep_entry(BackupInfo info) const;
  void save_here(const BackupInfo& info, const std::string& text);
  void save_in_mirror(const std::string& id, const std::string& text);
  std::string unsent_path(const std::string& id) const;
  void load_stand_in(const std::string& id, const std::string& text, const std::string& reason) const;
  void relate_stand_ins() const;
  bool is_usable(const BackupInfo& backup) const;
  void load_entry(const std::string& id, const std::string& path) const;
  void copy_to_old_place(const std::string& id, const std::string& text);
  std::vector<const BackupInfo*> in_order_with(const BackupInfo& backup) const;
  const BackupInfo* neighbour(const BackupInfo& backup, bool behind) const;
  const config::ServerConfig& config_;
  ReadHistory read_history_;
  const Mirroring mirroring_;
  mutable bool loaded_ = false;
  mutable ReadEntries read_;
  mutable std::map<std::string, BackupInfo> backups_;
  mutable std::set<std::string> half_deleted_;
  mutable std::optional<std::vector<const BackupInfo*>> order_;  // unset when it has to be found again
  mutable std::optional<TimelineHistories> histories_;
  mutable std::map<std::string, Error> unreadable_;
  mutable std::map<std::string, BackupInfo> stand_ins_;
};

// Where a backup has the configuration files of its server from outside PGDATA, each below its own path.
inline constexpr const char* kept_configuration_directory = "barman_configuration";

// The mode a new backup gets under this configuration; also assumed where backup.info has none.
std::string configured_mode(const config::ServerConfig& config);
// True for 8 digits, T, 6 digits.
bool is_backup_id(std::string_view text);
// Words that name a backup by position: latest, last, oldest, first, last-failed, latest-full, last-full, auto.
bool is_reserved_backup_name(std::string_view text);

}  // namespace barman::catalog
