#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/core/time.h"
#include "barman/wal/segment.h"

namespace barman::report {

enum class ReplicationTarget { all, hot_standby, wal_streamer };

struct ReplicationClient {
  std::int64_t pid = 0;
  std::string user_name, application_name, state, sync_state;
  std::int64_t sync_priority = 0;
  std::optional<std::string> address, host_name, slot_name, xmin;  // no address: a Unix domain socket
  std::optional<std::int64_t> port;
  std::optional<Timestamp> started_at;
  std::optional<Lsn> sent, write, flush, replay;
  bool standby() const { return replay.has_value(); }
};

// How far a client is behind, as a level of how many there are for its kind (commands.md 3.3).
struct SyncStage {
  int level = 1;
  int levels = 3;
  const char* name = "";
};
SyncStage sync_stage(const ReplicationClient& client, std::optional<Lsn> current);

struct ReplicationReport {
  std::string server;
  bool reached = true;  // false: the server did not answer, and nothing below is known
  ReplicationTarget target = ReplicationTarget::all;
  bool minimal = false;
  std::optional<Lsn> current;
  std::vector<ReplicationClient> clients;
};

}  // namespace barman::report
