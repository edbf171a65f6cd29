#pragma once
#include <string>

#include "barman/config/server_config.h"
#include "barman/fs/lock_file.h"

namespace barman::archiver {

// Whether the directory of a server is the one it was, and not the empty place where its file system should be mounted.
// What lies in the server's directory cannot tell that; these do: {barman_home}/.{server}-home, a note of our own that
// the server had an identity (left when WAL arrives and identity.json is there), and the lock files of a backup or of
// the index. Where they are on the file system that is missing, nothing can be told.
class HomeGuard {
 public:
  HomeGuard(const config::ServerConfig& config, const fs::LockDirectory& locks, const std::string& barman_home);
  // Throws Error(refused) when there is no identity.json, and the note says that there was one, or a lock says that
  // there was an index of which nothing is left.
  void require_home() const;
  // Leaves the note. A failure is no reason to refuse WAL.
  void note_home() const;

 private:
  const config::ServerConfig& config_;
  const fs::LockDirectory& locks_;
  std::string identity_, note_;
};

}  // namespace barman::archiver
