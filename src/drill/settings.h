#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace barman::drill {

// What pg_controldata says of a cluster, as far as it matters here. In the C locale.
struct ControlData {
  bool checksums = false;
  std::int64_t max_prepared_transactions = 0, max_locks_per_transaction = 64;
};
ControlData parse_control_data(std::string_view text);

// Where a sealed instance has its things.
struct Seal {
  int major = 0;
  std::string data, sockets, configuration, hba, ident;
  std::vector<std::string> libraries;  // shared_preload_libraries
  ControlData control;
  bool keeps_wal = true;  // what was replayed is read afterwards
};

using Setting = std::pair<std::string, std::string>;

// Settings for the command line, which win over every file: nobody but this user reaches the instance, it reaches
// nobody, and nothing runs in it but what is asked for. It recovers without hot standby, so that what the server had as
// limits does not have to be available here.
std::vector<Setting> sealed_settings(const Seal& seal);
// argv of the server: "-D", data, "-c", "name=value", ...
std::vector<std::string> server_argv(const std::string& postgres, const Seal& seal);

// For the environment of a client (PGOPTIONS), against what is set for databases and roles.
std::string session_options(int major);

// shared_preload_libraries as its setting lists them: quoted names, too.
std::vector<std::string> parse_library_list(std::string_view setting);

}  // namespace barman::drill
