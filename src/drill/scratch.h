#pragma once
#include <sys/types.h>

#include <optional>
#include <string>

#include "barman/fs/lock_file.h"

namespace barman::drill {

// The directory of one drill, mode 0700, with a name that cannot be guessed. It is locked for as long as the drill
// lives, so that whoever finds it without its lock knows that its drill was killed. Removed at the end of the scope,
// whatever ended it, unless it is to be kept.
class Scratch {
 public:
  // Throws Error(refused) where the path of a socket in it would be too long for the system.
  explicit Scratch(const std::string& parent);
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  const std::string& path() const { return path_; }
  std::string data() const { return path_ + "/data"; }
  std::string tablespace(std::size_t number) const;
  std::string staging() const { return path_ + "/staging"; }
  std::string temporary() const { return path_ + "/tmp"; }  // for files of no duration, is there
  std::string sockets() const { return path_ + "/socket"; }
  std::string settings() const { return path_ + "/settings"; }  // of its PostgreSQL
  void keep() { keep_ = true; }

 private:
  std::string path_;
  std::optional<fs::LockFile> lock_;
  bool keep_ = false;
};

// Removes the directories below `parent` whose drills were killed, and ends the PostgreSQL that works in them, and no
// other process.
void remove_abandoned(const std::string& parent);

}  // namespace barman::drill
