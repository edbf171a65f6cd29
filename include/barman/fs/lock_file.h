#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "barman/fs/unique_fd.h"

namespace barman::fs {

// An exclusive flock(2) on a file that holds our pid: the same files and kind as the reference's (formats.md section
// 11). Released when destroyed; the file stays unless remove_on_release() was called.
class LockFile {
 public:
  static std::optional<LockFile> try_acquire(const std::string& path);  // nullopt: busy
  static LockFile acquire(const std::string& path);                     // waits; a signal throws Error(interrupted)
  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&&) = delete;
  ~LockFile();
  void remove_on_release() { remove_ = true; }
  const std::string& path() const { return path_; }

 private:
  LockFile(std::string path, UniqueFd fd);
  std::string path_;
  UniqueFd fd_;
  bool remove_ = false;
};

// The lock files of one server in barman_lock_directory.
class LockDirectory {
 public:
  LockDirectory(std::string directory, std::string server);
  std::string backup() const;                          // .{S}-backup.lock
  std::string backup_id(const std::string& id) const;  // .{S}-{ID}.lock
  std::string cron() const;
  std::string archive_wal() const;
  std::string receive_wal() const;
  std::string xlogdb() const;
  std::string sync_backup(const std::string& id) const;
  std::string sync_wal() const;
  const std::string& directory() const { return directory_; }

 private:
  std::string path(const std::string& what) const;
  std::string directory_;
  std::string server_;
};

std::string config_update_lock(const std::string& lock_directory);

// A locked file of the server and who holds it (list-processes). Task: receive-wal, sync-backup, backup, cron,
// archive-wal, sync-wal. Matches the exact server name.
struct RunningTask {
  std::string task;
  pid_t pid = 0;
};
std::vector<RunningTask> running_tasks(const LockDirectory& locks, const std::string& server);
// Pid of the holder without disturbing it; nullopt when nobody holds the lock.
std::optional<pid_t> lock_holder(const std::string& path);
// Removes every free .*.lock; a busy one stays.
void remove_free_locks(const std::string& lock_directory);

}  // namespace barman::fs
