#pragma once
#include <string>

#include "barman/config/server_config.h"

namespace barman::archiver {

// Whether the directory of a server is the one it was, and not the empty place where its file system should be mounted.
// What lies in the server's directory cannot tell that; {barman_home}/.{server}-home does, a note of our own that the
// server had an identity: left when WAL arrives and identity.json is there. Lock files would say no more than that some
// command has run, and cron removes them. Where the note is on the file system that is missing, nothing can be told.
class HomeGuard {
 public:
  HomeGuard(const config::ServerConfig& config, const std::string& barman_home);
  // Throws Error(refused) when the note says that there was an identity.json, and there is none.
  void require_home() const;
  // Leaves the note. A failure is no reason to refuse WAL.
  void note_home() const;

 private:
  const config::ServerConfig& config_;
  std::string identity_, note_;
};

}  // namespace barman::archiver
