#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "barman/core/time.h"

namespace barman::report {

// A replication slot, as far as it is shown.
struct SlotFact {
  std::string name;
  bool active = false;
  std::optional<std::string> restart_lsn;
};
// A number of PostgreSQL type numeric, in its own digits.
struct Decimal {
  std::string text;
};
// Words of an option, and the name that the reference prints before them.
struct WordSet {
  std::string kind;  // "BackupOptions", "RecoveryOptions"
  std::set<std::string> words;
};

// Something known about a server, under the names of json.md 3.3. Null: not known, or not set.
using Fact = std::variant<std::nullptr_t, bool, std::int64_t, std::string, std::vector<std::string>,
                          std::map<std::string, std::int64_t>, WordSet, Micros, Timestamp, Decimal, SlotFact>;
using Facts = std::map<std::string, Fact>;

// show-servers: configuration and state of one server.
struct ServerFacts {
  std::string server;
  bool active = true;
  bool disabled = false;
  Facts values;
};

// One line of list-servers.
struct ListedServer {
  std::string name;
  std::string description;
  bool active = true;
  bool disabled = false;
  bool passive = false;
};
struct ServerList {
  std::vector<ListedServer> servers;
  bool minimal = false;  // names only, for people
};

// What a machine says about itself (diagnose). Empty: it would not tell.
struct SystemInfo {
  std::string kernel, release, rsync, ssh, python_path, python_version;
};

}  // namespace barman::report
