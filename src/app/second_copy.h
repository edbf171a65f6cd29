#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "barman/server/server_context.h"

namespace barman::app {

// A server as its second copy has it: backups and WAL are where cloud_copy says, and are only read.
class SecondCopy {
 public:
  explicit SecondCopy(const ServerContext& server);
  ServerContext& server() { return server_; }

 private:
  const config::ServerConfig config_;
  ServerContext server_;
};

// Whether there may be one to read.
bool has_copy(const config::ServerConfig& config);
// For a host that has the configuration and nothing else: whether the local catalogue is empty, and there may be a copy
// to look into.
bool has_only_copy(ServerContext& server);
// The copy, where it has to answer for that backup: the local catalogue is empty, or does not have that id. nullptr:
// the local one answers.
std::unique_ptr<SecondCopy> copy_that_has(ServerContext& server, const std::string& backup);

// For commands that change a backup: refuses one that only the copy has, and says what changes it there: `program` with
// {options}, {url}, {server} and {id} in their places.
void refuse_in_copy(ServerContext& server, const std::string& backup, std::string_view program);

}  // namespace barman::app
