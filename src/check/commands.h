#pragma once
#include <string>

#include "barman/config/server_config.h"

namespace barman::check {

// What an operator can type against a problem of one server: names and paths quoted for a shell, no passwords.
class CommandsToTry {
 public:
  explicit CommandsToTry(const config::ServerConfig& config) : config_(config) {}

  std::string barman(const std::string& arguments) const;  // "barman {arguments} {server}"
  std::string archive_wal() const { return barman("archive-wal"); }
  std::string receive_wal() const { return barman("receive-wal"); }
  std::string list_backups() const { return barman("list-backups"); }
  std::string switch_wal() const { return barman("switch-wal --force --archive"); }
  std::string drop_slot() const;
  std::string connect() const;
  std::string connect_for_streaming() const;
  std::string sql(const std::string& statement) const;
  std::string test_archive_command() const;
  std::string reach_by_ssh() const;

 private:
  const config::ServerConfig& config_;
};

}  // namespace barman::check
