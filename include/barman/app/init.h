#pragma once
#include <optional>
#include <string>

#include "barman/config/configuration.h"
#include "barman/report/setup.h"

namespace barman::postgres {
struct Connect;
}

namespace barman::app {

struct InitRequest {
  std::string server, conninfo;
  std::optional<std::string> streaming_conninfo, ssh_command, directory, slot_name, description;
  bool dry_run = false;  // ask, and write nothing
};

// `barman init`: asks a PostgreSQL server what a backup of it needs, and writes {server}.conf into the
// configuration_files_directory: durable, mode 0640, never over another file, never with a password. A server that
// does not answer, and a file that cannot be written, are in the report. Throws Error where nothing was asked.
report::Setup init_server(const config::Configuration& configuration, const InitRequest& request);
// `connect`: how PostgreSQL is reached. Tests fake it.
report::Setup init_server(const config::Configuration& configuration, const InitRequest& request,
                          const postgres::Connect& connect);

}  // namespace barman::app
