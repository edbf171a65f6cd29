#pragma once
#include <map>
#include <string>
#include <vector>

#include "barman/config/server_config.h"
#include "barman/report/check.h"

namespace barman::check {

// What an operator can type against a problem of one server: names and paths quoted for a shell, no passwords.
class CommandsToTry {
 public:
  explicit CommandsToTry(const config::ServerConfig& config) : config_(config) {}

  std::string barman(const std::string& arguments) const;  // "barman {arguments} {server}"
  std::string archive_wal() const { return barman("archive-wal"); }
  std::string backup() const { return barman("backup"); }
  std::string cloud_copy() const { return barman("cloud-copy"); }
  std::string create_slot() const { return barman("receive-wal --create-slot --if-not-exists"); }
  std::string drop_slot() const;
  std::string list_backups() const { return barman("list-backups"); }
  std::string receive_wal() const { return barman("receive-wal"); }
  std::string show_server() const { return barman("show-servers"); }
  std::string switch_wal() const { return barman("switch-wal --force --archive"); }
  std::string read_manual() const { return "man 5 barman"; }

  std::string sql(const std::string& statement) const;
  std::string connect() const { return sql("select version()"); }
  std::string connect_for_streaming() const;
  std::string create_roles() const;
  std::string raise_wal_level() const;
  std::string show_system_identifier() const { return sql("select system_identifier from pg_control_system()"); }
  std::string switch_archive_mode_on() const;

  std::string install_clients() const;
  std::string list_errors() const { return "ls -l " + config_.errors_directory; }
  std::string reach_by_ssh() const;
  std::string test_archive_command() const;
  std::string test_encryption() const;
  std::string test_decryption() const;

 private:
  const config::ServerConfig& config_;
};
using CommandToTry = std::string (CommandsToTry::*)() const;

// libpq's own words for each connection that failed, by its check.
using ConnectionErrors = std::map<report::CheckId, std::string>;

// What is wrong in the order of cause and consequence. A failed check that cannot hold while another fails is named
// there as skipped, and so are those that could not be made.
report::Explanation explain(const config::ServerConfig& config, const report::CheckReport& report,
                            const ConnectionErrors& errors, const std::vector<report::Stall>& stalls);

}  // namespace barman::check
