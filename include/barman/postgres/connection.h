#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/core/error.h"

namespace barman::postgres {

// Rows of text; a null is std::nullopt.
struct Result {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

// When connecting and asking must be over. Past it: Error(timeout). Unset: no limit.
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

// The server answered, and the answer was no. `sqlstate` is its five-character code.
class QueryError : public Error {
 public:
  QueryError(std::string state, const std::string& message, std::string hint = {})
      : Error(Errc::postgres, message, std::move(hint)), sqlstate_(std::move(state)) {}
  const std::string& sqlstate() const noexcept { return sqlstate_; }

 private:
  std::string sqlstate_;
};

namespace sqlstate {
inline constexpr const char* insufficient_privilege = "42501";
inline constexpr const char* undefined_object = "42704";
inline constexpr const char* duplicate_object = "42710";
inline constexpr const char* configuration_limit_exceeded = "53400";
inline constexpr const char* object_in_use = "55006";
}  // namespace sqlstate

// One libpq connection. libpq is loaded with dlopen by the first connection of the process. Failures are
// Error(Errc::postgres) with libpq's own text (passwords redacted). SIGINT/SIGTERM cancel a running query. Calls from
// several threads take turns.
class Connection {
 public:
  // Connects. `application_name` is used unless the conninfo names one. connect_timeout is honoured for each address,
  // as libpq does. A regular session gets ISO dates, UTF-8 and an empty search_path; a replication one is left alone.
  // `patience`: each time an answer is missing for so long, a second connection looks whether the server is alive; if
  // it is not, Error(timeout). 0: never.
  Connection(std::string conninfo, std::string_view application_name, Deadline deadline = {},
             std::chrono::seconds patience = {});
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // One statement; $1, $2, ... are the parameters. Several statements are allowed without parameters, the last answers.
  Result query(std::string_view sql, const std::vector<std::string>& parameters = {});
  int server_version() const;  // server_version_num
  bool alive();                // probes with an empty query
  // Whether the other end has closed, as far as can be told without asking it.
  bool looks_closed();
  std::string parameter(const char* name) const;  // PQparameterStatus
  void set_deadline(Deadline deadline);
  // Called every second while an answer is awaited, from now on; what it throws cancels the query. Empty: nothing.
  void set_while_waiting(std::function<void()> look);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace barman::postgres
