#pragma once
#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "barman/core/deadline.h"
#include "barman/core/unique_fd.h"

namespace barman::fs {

// An exclusive flock(2) on a file that holds our pid: the same files and kind as Barman's (formats.md section
// 11). Released when destroyed; the file stays unless remove_on_release() was called.
class LockFile {
 public:
  static std::optional<LockFile> try_acquire(const std::string& path);  // nullopt: busy
  // Waits; a signal throws Interrupted. After three seconds it says who holds it (report_waits_to) and keeps waiting.
  // With a deadline it tries once at least, says nothing, and throws Error(timeout) that names the holder.
  static LockFile acquire(const std::string& path, const Deadline& deadline = {});
  // Holds `path` with the inode of `held`, for a disk that has none left: a second name for it, which everybody finds
  // locked for as long as `held` is. The name goes with the result; one that a killed process left is no lock any
  // more, and whoever acquires it puts a file of its own there. nullopt: busy.
  static std::optional<LockFile> try_share(const LockFile& held, const std::string& path);
  // Removes `path` if it is a second name for this lock, which only a killed process can have left.
  void remove_stale_share(const std::string& path) const;
  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&&) = delete;
  ~LockFile();
  void remove_on_release() { remove_ = true; }
  const std::string& path() const { return path_; }

 private:
  struct Held;
  LockFile(std::string path, std::shared_ptr<const Held> held);
  std::string path_;
  std::shared_ptr<const Held> held_;  // by all of its names
  bool remove_ = false;
};

// The lock files of one server in barman_lock_directory.
class LockDirectory {
 public:
  LockDirectory(std::string directory, std::string server);
  std::string backup() const;                          // .{S}-backup.lock
  std::string backup_id(const std::string& id) const;  // .{S}-{ID}.lock
  std::string cloud_copy() const;                      // ours: what copies the catalogue into an object store
  std::string drill() const;                           // ours: what tries out a restore
  std::string restore_history() const;                 // ours: for the moment in which a restore is remembered
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

// Where, besides the log, an acquire() that waits reports for which lock, and whose it is. Nowhere at first; set once,
// before threads start.
void report_waits_to(std::function<void(const std::string&)> listener);

// A locked file of the server and who holds it (list-processes). Task: receive-wal, sync-backup, backup, cron,
// archive-wal, sync-wal, cloud-copy, drill. Matches the exact server name.
struct RunningTask {
  std::string task;
  pid_t pid = 0;
};
std::vector<RunningTask> running_tasks(const LockDirectory& locks, const std::string& server);
// The same of one lock: whether it is held, and the process that holds it. A pid in the file or in the kernel's list
// may be that of another pid namespace, or have been given to somebody else since: only a process that has this very
// file open is believed to be the holder. Without pid: somebody that cannot be seen from here holds it.
struct LockState {
  bool held = false;
  std::optional<pid_t> holder;
};
LockState lock_state(const std::string& path);
// "process 4711 (barman backup main), which runs since 3 minutes", or what else is known.
std::string describe_holder(const std::string& path);
// Removes a lock file unless somebody holds it. To unlink it without its lock would let another create, and lock, a
// second one.
void remove_free_lock(const std::string& path);
// The same of every .*.lock.
void remove_free_locks(const std::string& lock_directory);

}  // namespace barman::fs
