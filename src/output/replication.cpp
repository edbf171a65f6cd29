#include "barman/output/replication.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "barman/core/numbers.h"
#include "barman/core/text.h"

namespace barman::report {
namespace {

using output::Writer;

const char* title_of(ReplicationTarget target) {
  switch (target) {
    case ReplicationTarget::hot_standby:
      return "hot standby servers";
    case ReplicationTarget::wal_streamer:
      return "WAL streamers";
    case ReplicationTarget::all:
      break;
  }
  return "streaming clients";
}

// Python's str.capitalize(): the first letter up, all others down.
std::string capitalized(std::string_view text) {
  std::string out = to_lower(text);
  if (!out.empty()) out.replace(0, 1, to_upper(out.substr(0, 1)));
  return out;
}

std::string name_of(const ReplicationClient& client) {
  const std::string name =
      fmt::format("{} {}", capitalized(client.sync_state), client.standby() ? "standby" : "WAL streamer");
  return client.sync_priority > 0 ? fmt::format("#{} {}", client.sync_priority, name) : name;
}

std::string stage_of(const ReplicationClient& client, std::optional<Lsn> current) {
  const SyncStage stage = sync_stage(client, current);
  return fmt::format("{}/{} {}", stage.level, stage.levels, stage.name);
}

std::int64_t distance(Lsn position, Lsn current) { return static_cast<std::int64_t>(position.value - current.value); }

struct Position {
  const char* key;
  const char* label;
  const std::optional<Lsn>& lsn;
};

std::vector<Position> positions_of(const ReplicationClient& client) {
  std::vector<Position> known;
  for (const Position& position : {Position{"sent", "Sent LSN  ", client.sent},
                                   {"write", "Write LSN ", client.write},
                                   {"flush", "Flush LSN ", client.flush},
                                   {"replay", "Replay LSN", client.replay}}) {
    if (position.lsn) known.push_back(position);
  }
  return known;
}

std::string lsn_text(const std::optional<Lsn>& lsn) { return lsn ? to_string(*lsn) : "None"; }

void write_client(const ReplicationClient& client, int number, const std::optional<Lsn>& current, Writer& writer) {
  writer.line("");
  writer.line(fmt::format("  {}. {}", number, name_of(client)));
  const auto row = [&](const char* label, const std::string& text) {
    writer.line(fmt::format("     {}: {}", label, text));
  };
  row("Application name", client.application_name);
  row("Sync stage      ", stage_of(client, current));
  if (client.address) {
    row("Communication   ", "TCP/IP");
    row("IP Address      ", fmt::format("{} / Port: {} / Host: {}", *client.address, client.port.value_or(0),
                                        client.host_name.value_or("-")));
  } else {
    row("Communication   ", "Unix domain socket");
  }
  row("User name       ", client.user_name);
  row("Current state   ", fmt::format("{} ({})", client.state, client.sync_state));
  if (client.slot_name) row("Replication slot", *client.slot_name);
  row("WAL sender PID  ", std::to_string(client.pid));
  row("Started at      ", client.started_at ? to_python(*client.started_at) : "None");
  if (client.xmin) row("Standby's xmin  ", *client.xmin);
  for (const Position& position : positions_of(client)) {
    const std::string behind = current ? fmt::format(" (diff: {})", human_size(distance(*position.lsn, *current))) : "";
    writer.line(fmt::format("     {} : {}{}", position.label, to_string(*position.lsn), behind));
  }
}

void write_full(const ReplicationReport& report, Writer& writer) {
  const char* title = title_of(report.target);
  writer.line(fmt::format("Status of {} for server '{}':", title, report.server));
  if (report.current) writer.line(fmt::format("  Current LSN on master: {}", to_string(*report.current)));
  if (report.clients.empty()) {
    writer.line(fmt::format("  No {} attached", title));
    return;
  }
  writer.line(fmt::format("  Number of {}: {}", title, report.clients.size()));
  int number = 0;
  for (const ReplicationClient& client : report.clients) write_client(client, ++number, report.current, writer);
}

std::string kind_letter(const ReplicationClient& client) { return to_upper(client.sync_state.substr(0, 1)); }

std::string minimal_line(const ReplicationClient& client) {
  const std::string whom = fmt::format("{}@{}", client.user_name, client.address.value_or("socket"));
  const std::string whose = fmt::format("P:{} AN:{}", client.sync_priority, client.application_name);
  if (!client.standby())
    return fmt::format("W) {} S:{} W:{} {}", whom, lsn_text(client.sent), lsn_text(client.write), whose);
  return fmt::format("{}) {} S:{} F:{} R:{} {}", kind_letter(client), whom, lsn_text(client.sent),
                     lsn_text(client.flush), lsn_text(client.replay), whose);
}

void write_minimal(const ReplicationReport& report, Writer& writer) {
  const char* title = title_of(report.target);
  if (report.current) {
    writer.line(
        fmt::format("{} for master '{}' (LSN @ {}):", capitalized(title), report.server, to_string(*report.current)));
  } else {
    writer.line(fmt::format("{} for slave '{}':", capitalized(title), report.server));
  }
  if (report.clients.empty()) writer.line(fmt::format("  No {} attached", title));
  int number = 0;
  for (const ReplicationClient& client : report.clients)
    writer.line(fmt::format("  {}. {}", ++number, minimal_line(client)));
}

nlohmann::json lsn_json(const std::optional<Lsn>& lsn) {
  return lsn ? nlohmann::json(to_string(*lsn)) : nlohmann::json(nullptr);
}

nlohmann::json minimal_json(const ReplicationClient& client) {
  nlohmann::json out = {{"application_name", client.application_name},
                        {"client_addr", client.address.value_or("socket")},
                        {"sent_lsn", lsn_json(client.sent)},
                        {"sync_priority", client.sync_priority},
                        {"user_name", client.user_name}};
  if (!client.standby()) {
    out["write_lsn"] = lsn_json(client.write);
    return out;
  }
  out["flush_lsn"] = lsn_json(client.flush);
  out["replay_lsn"] = lsn_json(client.replay);
  out["sync_state"] = kind_letter(client);
  return out;
}

nlohmann::json full_json(const ReplicationClient& client, std::optional<Lsn> current) {
  nlohmann::json out = {{"name", name_of(client)},
                        {"application_name", client.application_name},
                        {"sync_stage", stage_of(client, current)},
                        {"communication", client.address ? "TCP/IP" : "Unix domain socket"},
                        {"user_name", client.user_name},
                        {"current_state", client.state},
                        {"current_sync_state", client.sync_state},
                        {"wal_sender_pid", client.pid},
                        {"started_at", client.started_at ? nlohmann::json(to_python(*client.started_at)) : nullptr}};
  if (client.address) {
    out["ip_address"] = *client.address;
    out["port"] = client.port.value_or(0);
    out["host"] = client.host_name ? nlohmann::json(*client.host_name) : nullptr;
  }
  if (client.slot_name) out["replication_slot"] = *client.slot_name;
  if (client.xmin) out["standbys_xmin"] = *client.xmin;
  for (const Position& position : positions_of(client)) {
    const std::string key = fmt::format("{}_lsn", position.key);
    out[key] = to_string(*position.lsn);
    if (!current) continue;
    out[key + "_diff"] = human_size(distance(*position.lsn, *current));
    out[key + "_diff_bytes"] = distance(*position.lsn, *current);
  }
  return out;
}

}  // namespace

void write_console(const ReplicationReport& report, output::Writer& writer) {
  if (!report.reached) return;
  report.minimal ? write_minimal(report, writer) : write_full(report, writer);
}

void write_json(const ReplicationReport& report, nlohmann::json& root) {
  const char* title = title_of(report.target);
  nlohmann::json& own = root[report.server] = nlohmann::json::object();
  if (!report.reached) return;
  own = {{"server_lsn", lsn_json(report.current)}};
  nlohmann::json& clients = own[replace_all(to_lower(title), " ", "_")] = nlohmann::json::array();
  for (const ReplicationClient& client : report.clients) {
    clients.push_back(report.minimal ? minimal_json(client) : full_json(client, report.current));
  }
  if (report.clients.empty()) own["standby_info"] = fmt::format("No {} attached", title);
}

}  // namespace barman::report
