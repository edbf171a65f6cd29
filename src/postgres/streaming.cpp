#include <fmt/core.h>

#include "barman/core/text.h"
#include "barman/postgres/conninfo.h"
#include "barman/postgres/server.h"
#include "values.h"

namespace barman::postgres {
namespace {

using Why = SlotError::Why;

std::string quote_identifier(std::string_view name) { return "\"" + replace_all(name, "\"", "\"\"") + "\""; }

}  // namespace

struct Streaming::State {
  State(std::string text, std::chrono::seconds limit, Connect how)
      : conninfo(std::move(text)), patience(limit), connect(std::move(how)) {}

  Connection& connected() {
    if (connection && connection->looks_closed()) connection.reset();
    if (!connection) connection = connect(conninfo, deadline, patience);
    return *connection;
  }

  std::string conninfo;
  std::unique_ptr<Connection> connection;
  Deadline deadline;
  std::chrono::seconds patience;
  Connect connect;
};

Streaming::Streaming(std::string conninfo, std::chrono::seconds patience, Connect connect)
    : state_(std::make_unique<State>(replication_conninfo(conninfo), patience, std::move(connect))) {}
Streaming::~Streaming() = default;
Streaming::Streaming(Streaming&&) noexcept = default;

StreamingIdentity Streaming::identify() {
  const auto row = single_row(state_->connected().query("IDENTIFY_SYSTEM"), "IDENTIFY_SYSTEM");
  return {text_of(row[0], "systemid"), static_cast<std::uint32_t>(integer_of(row[1], "timeline")),
          lsn_of(row[2], "xlogpos")};
}

std::string Streaming::timeline_history(std::uint32_t timeline) {
  const std::string command = fmt::format("TIMELINE_HISTORY {}", timeline);
  const auto row = single_row(state_->connected().query(command), command);
  return text_of(row[1], "content");
}

int Streaming::version() { return state_->connected().server_version(); }

void Streaming::create_physical_slot(std::string_view name) {
  try {
    state_->connected().query(fmt::format("CREATE_REPLICATION_SLOT {} PHYSICAL", quote_identifier(name)));
  } catch (const QueryError& error) {
    if (error.sqlstate() == sqlstate::duplicate_object) throw SlotError(Why::exists, error.what());
    if (error.sqlstate() == sqlstate::configuration_limit_exceeded) throw SlotError(Why::none_free, error.what());
    throw;
  }
}

void Streaming::drop_slot(std::string_view name) {
  try {
    state_->connected().query(fmt::format("DROP_REPLICATION_SLOT {}", quote_identifier(name)));
  } catch (const QueryError& error) {
    if (error.sqlstate() == sqlstate::undefined_object) throw SlotError(Why::missing, error.what());
    if (error.sqlstate() == sqlstate::object_in_use) throw SlotError(Why::in_use, error.what());
    throw;
  }
}

const std::string& Streaming::conninfo() const { return state_->conninfo; }
void Streaming::close() { state_->connection.reset(); }
void Streaming::set_deadline(Deadline deadline) {
  state_->deadline = deadline;
  if (state_->connection) state_->connection->set_deadline(deadline);
}

}  // namespace barman::postgres
