#pragma once
#include <functional>
#include <string>

#include "barman/catalog/backup_catalog.h"
#include "barman/config/server_config.h"
#include "barman/core/error.h"
#include "barman/fs/lock_file.h"

namespace barman::backup {

// Whether the words of a failure, ours or those of rsync or pg_basebackup, say that a file system or a quota has no
// room left (ENOSPC, EDQUOT). pg_basebackup says so in the language of its user. Room that is there afterwards proves
// nothing: both programs remove what they could not finish.
bool names_lack_of_room(std::string_view failure);

// How a deletion begins on a disk without a free block or inode. It has to write first (locks, mark, status) and can
// remove only afterwards; so it gives up, one after the other, files of this home that nobody needs and that are made
// again by themselves: free lock files, what killed writers left, the copies of backup.info and the link to the index
// that only tools of older versions read, cron's memory of what it has reported.
class Room {
 public:
  Room(const config::ServerConfig& config, const fs::LockDirectory& locks) : config_(config), locks_(locks) {}

  // Calls `what`; as long as it fails for lack of room, gives something up and calls it again. Its last failure is
  // thrown once there is nothing left.
  void make_for(const std::function<void()>& what) const;
  // The same for the lock of that path; nullopt: busy. Once there is nothing left to give up, it shares the file of
  // `held`, a lock of this server that the caller holds for longer.
  std::optional<fs::LockFile> lock(const std::string& path, const fs::LockFile* held = nullptr) const;

 private:
  std::vector<std::function<bool()>> dispensable() const;
  bool remove_copy() const;
  const config::ServerConfig& config_;
  const fs::LockDirectory& locks_;
};

}  // namespace barman::backup
