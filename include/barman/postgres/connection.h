#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/core/deadline.h"
#include "barman/core/error.h"

namespace barman::postgres {

// Rows of text; a null is std::nullopt.
struct Result {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

// One of the answers to a statement of the replication protocol.
struct Answer {
  enum class Kind {
    rows,
    command,   // done, without rows
    copy_out,  // copy_data() brings what is copied
    copy_in,   // put_copy_data() takes it
    none,      // that was all: the connection is ready for the next statement
  };
  Kind kind = Kind::none;
  Result result{};
};

// The server answered, and the answer was no. `sqlstate` is its five-character code.
class QueryError : public Error {
 public:
  QueryError(std::string state, const std::string& message, std::string hint = {})
      : Error(Errc::postgres, message, std::move(hint)), sqlstate_(std::move(state)) {}
  const std::string& sqlstate() const noexcept { return sqlstate_; }

 private:
  std::string sqlstate_;
};

// A connection that was made, and that the server refused. The text may be in any language; these are in none.
class RefusedConnection : public Error {
 public:
  RefusedConnection(const std::string& message, std::string state, std::string routine)
      : Error(Errc::postgres, message), sqlstate_(std::move(state)), routine_(std::move(routine)) {}
  const std::string& sqlstate() const noexcept { return sqlstate_; }
  // The function of PostgreSQL that refused it, for codes that mean several things; may be empty.
  const std::string& routine() const noexcept { return routine_; }

 private:
  std::string sqlstate_, routine_;
};

namespace sqlstate {
inline constexpr const char* invalid_authorization = "28000";
inline constexpr const char* invalid_password = "28P01";
inline constexpr const char* invalid_catalog_name = "3D000";
inline constexpr const char* insufficient_privilege = "42501";
inline constexpr const char* undefined_object = "42704";
inline constexpr const char* duplicate_object = "42710";
inline constexpr const char* configuration_limit_exceeded = "53400";
inline constexpr const char* object_in_use = "55006";
}  // namespace sqlstate

// One session with a PostgreSQL server. Failures are Error(Errc::postgres) with libpq's own text (passwords redacted).
// SIGINT/SIGTERM cancel a running query. Calls from several threads take turns. The seam that tests fake.
class Connection {
 public:
  virtual ~Connection() = default;
  // One statement; $1, $2, ... are the parameters. Several statements are allowed without parameters, the last answers.
  virtual Result query(std::string_view sql, const std::vector<std::string>& parameters) = 0;
  Result query(std::string_view sql) { return query(sql, {}); }
  // A statement with several answers, copies among them. Until all are taken, query() must not be called. An
  // interruption, and what the look of set_while_waiting() throws, is the end of the session.
  virtual void send(std::string_view sql) = 0;
  virtual Answer next_answer() = 0;
  virtual bool copy_data(std::string& message) = 0;  // the next message; false: that was all
  virtual void put_copy_data(std::string_view bytes) = 0;
  virtual void end_copy() = 0;
  virtual int server_version() const = 0;  // server_version_num
  virtual bool alive() = 0;                // probes with an empty query
  // Whether the other end has closed, as far as can be seen without asking it.
  virtual bool looks_closed() = 0;
  virtual void set_deadline(Deadline deadline) = 0;
  // Called every second while an answer is awaited, from now on; what it throws cancels the query. Empty: nothing.
  virtual void set_while_waiting(std::function<void()> look) = 0;
};

// Connects by libpq, which is loaded by the first connection of the process. `application_name` is used unless the
// conninfo names one. connect_timeout is honoured for each address, as libpq does. A regular session gets ISO dates,
// UTF-8 and an empty search_path; a replication one is left alone. `patience`: each time an answer is missing for so
// long, a second connection looks whether the server is alive; if it is not, Error(timeout). 0: never.
std::unique_ptr<Connection> connect(std::string conninfo, std::string_view application_name, Deadline deadline = {},
                                    std::chrono::seconds patience = {});

// How Server and Streaming come by their connections.
struct Connect : std::function<std::unique_ptr<Connection>(const std::string& conninfo, Deadline deadline,
                                                           std::chrono::seconds patience)> {
  using function::function;
};
std::unique_ptr<Connection> connect_as_barman(const std::string& conninfo, Deadline deadline,
                                              std::chrono::seconds patience);

}  // namespace barman::postgres
