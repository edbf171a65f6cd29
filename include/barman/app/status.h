#pragma once
#include <string>

#include "barman/report/servers.h"
#include "barman/server/server_context.h"

namespace barman::app {

// `status`: an unreachable PostgreSQL is part of the answer, not a failure.
report::StatusReport server_status(ServerContext& server);

struct ReplicationRequest {
  report::ReplicationTarget target = report::ReplicationTarget::all;
  bool minimal = false;
  bool from_wal_host = false;  // ask wal_conninfo instead of conninfo, saying so
};
// Error(postgres) "Unable to connect to server {S}"; Error(refused) without monitoring privileges.
report::ReplicationReport replication_status(ServerContext& server, const ReplicationRequest& request);

// "Configuration overrides applied: ..." for the connections of WAL streaming; empty without any.
std::string wal_overrides_text(const config::ServerConfig& config);

}  // namespace barman::app
