#include "barman/archiver/switch_wal.h"

#include <fmt/core.h>

#include "barman/core/error.h"

namespace barman::archiver {
namespace {

struct Closed {
  bool standby = false;
  std::string wal;
};

Closed close_segment(const SwitchTarget& target, bool force) {
  const bool use_primary = target.primary != nullptr && target.postgres.is_in_recovery();
  postgres::Server& server = use_primary ? *target.primary : target.postgres;
  if (force) server.checkpoint();
  if (server.is_in_recovery()) return {true, {}};
  return {false, server.switch_wal()};
}

}  // namespace

std::optional<std::string> switch_wal(const SwitchTarget& target, bool force, Notifier& notifier) {
  const std::string& name = target.server_name;
  Closed closed;
  try {
    closed = close_segment(target, force);
  } catch (const Error& error) {
    if (error.code() != Errc::postgres) throw;
    throw Error(Errc::postgres,
                fmt::format("Unable to perform pg_switch_wal for server '{}'.\nDETAILS: {}", name, error.what()),
                error.hint());
  }
  if (closed.standby) {
    notifier.info(fmt::format("No switch performed because server '{}' is a standby.", name));
  } else if (closed.wal.empty()) {
    notifier.info(fmt::format("No switch required for server '{}'", name));
  } else {
    notifier.info(fmt::format("The WAL file {} has been closed on server '{}'", closed.wal, name));
    return closed.wal;
  }
  return std::nullopt;
}

}  // namespace barman::archiver
