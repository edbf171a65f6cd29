#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace barman::postgres {

// Rows of text; a null is std::nullopt.
struct Result {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

// One libpq connection. libpq is loaded with dlopen by the first connection of the process. Failures are
// Error(Errc::postgres) with libpq's own text (passwords redacted). SIGINT/SIGTERM cancel a running query.
class Connection {
 public:
  // `application_name` is used unless the conninfo names one.
  Connection(std::string conninfo, std::string_view application_name);
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  Result query(std::string_view sql, const std::vector<std::string>& parameters = {});
  int server_version() const;  // server_version_num
  bool alive();                // probes with an empty query
  std::string parameter(const char* name) const;  // PQparameterStatus

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace barman::postgres
