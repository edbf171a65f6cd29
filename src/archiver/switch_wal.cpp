#include "barman/archiver/switch_wal.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/postgres/server.h"

namespace barman::archiver {
namespace {

struct Closed {
  bool standby = false;
  std::string wal;
};

Closed close_segment(ServerContext& context, bool force) {
  postgres::Server* const primary = context.primary_postgres();
  postgres::Server& server = primary != nullptr && context.postgres().is_in_recovery() ? *primary : context.postgres();
  if (force) server.checkpoint();
  if (server.is_in_recovery()) return {true, {}};
  return {false, server.switch_wal()};
}

}  // namespace

std::optional<std::string> switch_wal(ServerContext& server, bool force) {
  const std::string& name = server.config().name;
  Closed closed;
  try {
    closed = close_segment(server, force);
  } catch (const Error& error) {
    if (error.code() != Errc::postgres) throw;
    throw Error(Errc::postgres,
                fmt::format("Unable to perform pg_switch_wal for server '{}'.\nDETAILS: {}", name, error.what()),
                error.hint());
  }
  if (closed.standby) {
    server.notifier().info(fmt::format("No switch performed because server '{}' is a standby.", name));
  } else if (closed.wal.empty()) {
    server.notifier().info(fmt::format("No switch required for server '{}'", name));
  } else {
    server.notifier().info(fmt::format("The WAL file {} has been closed on server '{}'", closed.wal, name));
    return closed.wal;
  }
  return std::nullopt;
}

}  // namespace barman::archiver
