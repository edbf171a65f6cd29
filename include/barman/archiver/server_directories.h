#pragma once
#include <string>
#include <vector>

#include "barman/config/server_config.h"

namespace barman::archiver {

// The directories of one server, meta included, in the order in which they are made.
std::vector<std::string> server_directories(const config::ServerConfig& config);

// Creates those that are missing, with the default mode. A failure is Error(io) with the text "{path}: {strerror}".
void create_server_directories(const config::ServerConfig& config);

// Whether the directory of a server is the one it was, and not the empty place where its file system should be mounted.
// The server's directory itself cannot show that; {barman_home}/.{server}-home does, a note of our own that the
// server had an identity: left when WAL arrives and identity.json is there. Lock files would say no more than that some
// command has run, and cron removes them. Where the note is on the file system that is missing, nothing can be
// concluded.
class HomeGuard {
 public:
  HomeGuard(const config::ServerConfig& config, const std::string& barman_home);
  // Throws Error(refused) when the note says that there was an identity.json, and there is none.
  void require_home() const;
  // Leaves the note. A failure does not refuse WAL.
  void note_home() const;

 private:
  const config::ServerConfig& config_;
  std::string identity_, note_;
};

}  // namespace barman::archiver
