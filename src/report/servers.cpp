#include "barman/report/servers.h"

namespace barman::report {

SyncStage sync_stage(const ReplicationClient& client, std::optional<Lsn> current) {
  const auto reached = [&](const std::optional<Lsn>& position) { return current && position && *position == *current; };
  const int levels = client.standby() ? 5 : 3;
  if (client.standby() && reached(client.replay)) return {5, levels, "Hot standby (max)"};
  if (client.standby() && reached(client.flush)) return {4, levels, "2-safe"};
  if (reached(client.write)) return {3, levels, "Remote write"};
  if (reached(client.sent)) return {2, levels, "WAL Sent (min)"};
  return {1, levels, "1-safe"};
}

}  // namespace barman::report
