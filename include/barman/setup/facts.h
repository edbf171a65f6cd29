#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "barman/postgres/server.h"

// How a server comes into the configuration: what it is asked, what is missing there, and what is written.
namespace barman::setup {

struct Request {
  std::string server;
  std::string conninfo;  // as it was typed
  std::optional<std::string> streaming_conninfo, ssh_command, directory, description;
  std::string slot = "barman";
  bool configured = false;  // its file is there: what streams from the slot is its own receive-wal
};

// As it may be written: without a password. Throws Error(config) for what is no connection string.
std::string without_password(const std::string& conninfo);
// Where it is not given: as the other one, as the role streaming_barman.
std::string streaming_conninfo_of(const Request& request);
// The role that a connection string names; libpq takes the user's name where it names none.
std::string role_of(const std::string& conninfo, const std::string& otherwise);

struct Attempt {
  bool ok = false;
  std::string error;                  // of PostgreSQL, in its language, libpq or ssh
  std::string sqlstate{}, routine{};  // of PostgreSQL, as RefusedConnection has them
};

// Everything that is asked. What could not be asked is unset.
struct Facts {
  Attempt regular;           // with what was typed
  Attempt without_password;  // where a password was typed: without it, as barman will connect
  bool password_typed = false;
  std::string role;  // of the regular connection
  int version = 0;
  std::string version_text;
  bool standby = false, may_backup = false, may_monitor = false, may_checkpoint = false;
  std::optional<std::string> wal_level, archive_mode, archive_command, hba_file;
  std::optional<std::int64_t> max_wal_senders, max_replication_slots;
  postgres::ReplicationUse use;
  std::optional<postgres::Slot> slot;

  Attempt streaming;
  std::string streaming_role;
  std::optional<bool> streaming_role_may_replicate;  // unset: there is no such role
  std::optional<Attempt> ssh;                        // where it is asked for
};

// Asks, for no longer than `patience` each. `user`: of the system, whose name libpq takes.
Facts gather_facts(const Request& request, const std::string& user, std::chrono::seconds patience,
                   const postgres::Connect& connect, const std::string& search_path);

}  // namespace barman::setup
