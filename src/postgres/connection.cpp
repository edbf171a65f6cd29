#include "barman/postgres/connection.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <future>
#include <mutex>
#include <thread>

#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/redact.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/postgres/conninfo.h"
#include "libpq.h"
#include "verbose_error.h"

namespace barman::postgres {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto cancel_patience = std::chrono::seconds(2);
constexpr auto looks_while_waiting = std::chrono::seconds(1);
constexpr auto longest_probe = std::chrono::seconds(30);

struct FreeResult {
  void operator()(PGresult* result) const { libpq().clear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, FreeResult>;

std::string clean(const char* text) { return redact_passwords(trim(text == nullptr ? "" : text)); }

void log_notice(void*, const char* message) { log::info("barman.postgres", "{}", trim(message)); }

Deadline from_now(std::chrono::seconds time) { return time.count() > 0 ? Deadline(Clock::now() + time) : std::nullopt; }

Deadline earlier_of(const Deadline& a, const Deadline& b) { return !a ? b : !b ? a : std::min(*a, *b); }

enum class Wait { ready, interrupted, timed_out };

// Until the socket is ready, a signal has arrived or the deadline is over. `patience` ends it for callers that already
// gave up and must not be disturbed by the signal again.
Wait wait_for_socket(int socket, short events, const Deadline& deadline, bool heed_signals = true) {
  while (true) {
    if (heed_signals && signals::pending() != 0) return Wait::interrupted;
    int timeout = -1;
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
      if (left <= 0) return Wait::timed_out;
      timeout = static_cast<int>(std::min<std::int64_t>(left, 60'000));
    }
    pollfd fds[2] = {{socket, events, 0}, {heed_signals ? signals::wake_fd() : -1, POLLIN, 0}};
    if (::poll(fds, 2, timeout) < 0 && errno != EINTR) throw_errno("wait for", "the PostgreSQL connection");
    if (fds[0].revents != 0) return Wait::ready;
  }
}

// connect_timeout as libpq reads it: seconds, 1 counts as 2, anything below is no limit.
std::chrono::seconds connect_timeout(PGconn* connection) {
  const Libpq& pq = libpq();
  const std::unique_ptr<PQconninfoOption, decltype(pq.conninfo_free)> options(pq.conninfo(connection),
                                                                              pq.conninfo_free);
  for (const PQconninfoOption* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
    if (std::string_view(option->keyword) != "connect_timeout" || option->val == nullptr) continue;
    const auto seconds = parse_python_int(option->val).value_or(0);
    return std::chrono::seconds(seconds <= 0 ? 0 : std::max<std::int64_t>(seconds, 2));
  }
  return std::chrono::seconds(0);
}

[[noreturn]] void fail_to_connect(std::string_view text) {
  const VerboseError error = read_verbose(text);
  const std::string message = redact_passwords(trim(error.text));
  if (error.sqlstate.empty()) throw Error(Errc::postgres, message);
  throw RefusedConnection(message, error.sqlstate, error.routine);
}

// Runs libpq's connection state machine by poll. libpq itself leaves connect_timeout to whoever polls: when it is over
// for one address we shut the socket, and the state machine continues with the next address or gives up.
class Connector {
 public:
  Connector(PGconn* connection, Deadline deadline)
      : connection_(connection), overall_(deadline), per_address_(connect_timeout(connection)) {}

  void run() {
    const Libpq& pq = libpq();
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;
    while (status != PGRES_POLLING_OK) {
      if (status == PGRES_POLLING_FAILED) fail();
      note_address();
      wait(status == PGRES_POLLING_READING ? POLLIN : POLLOUT);
      status = pq.connect_poll(connection_);
    }
  }

 private:
  void note_address() {
    const Libpq& pq = libpq();
    const int socket = pq.socket(connection_);
    std::string address = fmt::format("connection to server at \"{}\", port {} failed: timeout expired",
                                      pq.host(connection_), pq.port(connection_));
    if (socket == socket_ && !shut_) return;
    shut_ = false;
    socket_ = socket;
    timeout_text_ = std::move(address);
    address_deadline_ = per_address_.count() > 0 ? Deadline(Clock::now() + per_address_) : std::nullopt;
  }

  void wait(short events) {
    Deadline first = overall_;
    if (address_deadline_ && (!first || *address_deadline_ < *first)) first = address_deadline_;
    switch (wait_for_socket(socket_, events, first)) {
      case Wait::ready:
        return;
      case Wait::interrupted:
        signals::throw_if_pending();
        return;
      case Wait::timed_out:
        if (overall_ && Clock::now() >= *overall_) throw Error(Errc::timeout, timeout_text_);
        ::shutdown(socket_, SHUT_RDWR);
        shut_ = true;
    }
  }

  [[noreturn]] void fail() { fail_to_connect(shut_ ? timeout_text_ : libpq().error_message(connection_)); }

  PGconn* connection_;
  Deadline overall_;
  std::chrono::seconds per_address_;
  Deadline address_deadline_;
  int socket_ = -1;
  bool shut_ = false;
  std::string timeout_text_;
};

Result read_rows(const PGresult* result) {
  const Libpq& pq = libpq();
  Result out;
  const int columns = pq.nfields(result);
  for (int c = 0; c < columns; ++c) out.columns.emplace_back(pq.fname(result, c));
  const int rows = pq.ntuples(result);
  for (int r = 0; r < rows; ++r) {
    auto& row = out.rows.emplace_back();
    for (int c = 0; c < columns; ++c) {
      if (pq.getisnull(result, r, c) != 0) {
        row.emplace_back(std::nullopt);
      } else {
        row.emplace_back(std::string(pq.getvalue(result, r, c), static_cast<std::size_t>(pq.getlength(result, r, c))));
      }
    }
  }
  return out;
}

class LibpqConnection final : public Connection {
 public:
  LibpqConnection(std::string conninfo, std::string_view application_name, Deadline deadline,
                  std::chrono::seconds patience)
      : conninfo_(std::move(conninfo)), application_(application_name), deadline_(deadline), patience_(patience) {}
  LibpqConnection(const LibpqConnection&) = delete;
  LibpqConnection& operator=(const LibpqConnection&) = delete;
  ~LibpqConnection() override {
    if (connection_ != nullptr) libpq().finish(connection_);
  }

  void open();

  Result query(std::string_view sql, const std::vector<std::string>& parameters) override {
    const std::lock_guard lock(turn_);
    return run(sql, parameters);
  }
  void send(std::string_view sql) override;
  Answer next_answer() override;
  bool copy_data(std::string& message) override;
  void put_copy_data(std::string_view bytes) override;
  void end_copy() override;
  int server_version() const override { return libpq().server_version(connection_); }
  bool alive() override {
    const std::lock_guard lock(turn_);
    return answers();
  }
  bool looks_closed() override;
  void set_deadline(Deadline deadline) override {
    const std::lock_guard lock(turn_);
    deadline_ = deadline;
  }
  void set_while_waiting(std::function<void()> look) override {
    const std::lock_guard lock(turn_);
    while_waiting_ = std::move(look);
  }

 private:
  Result run(std::string_view sql, const std::vector<std::string>& parameters);
  ResultPtr last_result();
  void wait_for_answer();
  template <typename Missing>
  void wait_while(const Missing& missing, const std::function<void()>& give_up);
  bool server_lives();
  void ask_to_cancel();
  void cancel();
  void hang_up();
  void flush();
  bool answers();
  [[noreturn]] void broken() { throw Error(Errc::postgres, clean(libpq().error_message(connection_))); }
  [[noreturn]] static void refused(const PGresult* result);

  const std::string conninfo_, application_;
  std::mutex turn_;
  Deadline deadline_;
  const std::chrono::seconds patience_;
  std::function<void()> while_waiting_;
  PGconn* connection_ = nullptr;
};

void LibpqConnection::open() {
  const Libpq& pq = libpq();
  const auto items = parse_conninfo(conninfo_);
  const bool replication = items.contains("replication");
  std::vector<const char*> keys{"dbname"};
  std::vector<const char*> values{conninfo_.c_str()};
  const auto add = [&](const char* key, const char* value) {
    if (items.contains(key)) return;
    keys.push_back(key);
    values.push_back(value);
  };
  add("application_name", application_.c_str());
  if (!replication) add("client_encoding", "UTF8");
  keys.push_back(nullptr);
  values.push_back(nullptr);
  connection_ = pq.connect_start_params(keys.data(), values.data(), 1);
  if (connection_ == nullptr) throw Error(Errc::postgres, "out of memory");
  pq.set_notice_processor(connection_, log_notice, nullptr);
  if (pq.status(connection_) == CONNECTION_BAD) fail_to_connect(pq.error_message(connection_));
  pq.set_error_verbosity(connection_, PQERRORS_VERBOSE);
  Connector(connection_, earlier_of(deadline_, from_now(patience_))).run();
  pq.set_error_verbosity(connection_, PQERRORS_DEFAULT);
  if (!replication) run("SELECT pg_catalog.set_config('search_path', '', false); SET datestyle TO 'ISO'", {});
}

Result LibpqConnection::run(std::string_view sql, const std::vector<std::string>& parameters) {
  const Libpq& pq = libpq();
  const std::string text(sql);
  int sent = 0;
  if (parameters.empty()) {
    sent = pq.send_query(connection_, text.c_str());
  } else {
    std::vector<const char*> values;
    for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
    sent = pq.send_query_params(connection_, text.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                                nullptr, nullptr, 0);
  }
  if (sent == 0) broken();
  const ResultPtr result = last_result();
  if (!result) broken();
  switch (pq.result_status(result.get())) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
      return read_rows(result.get());
    default:
      refused(result.get());
  }
}

// The result of the last statement, or the first that failed. The connection is ready for the next query afterwards.
ResultPtr LibpqConnection::last_result() {
  const Libpq& pq = libpq();
  ResultPtr last;
  while (true) {
    wait_for_answer();
    ResultPtr next(pq.get_result(connection_));
    if (!next) return last;
    if (!last || pq.result_status(last.get()) != PGRES_FATAL_ERROR) last = std::move(next);
  }
}

void LibpqConnection::wait_for_answer() {
  wait_while([this] { return libpq().is_busy(connection_) != 0; }, [this] { cancel(); });
}

// `missing`: whether what is waited for has not arrived yet. `give_up`: what becomes of the statement then.
template <typename Missing>
void LibpqConnection::wait_while(const Missing& missing, const std::function<void()>& give_up) {
  const Libpq& pq = libpq();
  const auto over = [](const Deadline& time) { return time && Clock::now() >= *time; };
  Deadline look = from_now(patience_);
  Deadline next_look = while_waiting_ ? from_now(looks_while_waiting) : std::nullopt;
  while (missing()) {
    switch (wait_for_socket(pq.socket(connection_), POLLIN, earlier_of(next_look, earlier_of(deadline_, look)))) {
      case Wait::ready:
        look = from_now(patience_);
        if (pq.consume_input(connection_) == 0) broken();
        break;
      case Wait::interrupted:
        give_up();
        signals::throw_if_pending();
        break;
      case Wait::timed_out:
        if (over(next_look)) {
          try {
            while_waiting_();
          } catch (...) {
            give_up();
            throw;
          }
          next_look = from_now(looks_while_waiting);
        }
        if (!over(deadline_) && !over(look)) break;
        if (!over(deadline_) && server_lives()) {
          look = from_now(patience_);
          break;
        }
        give_up();
        throw Error(Errc::timeout, "the PostgreSQL server did not answer in time");
    }
  }
}

// Some questions take their time: a checkpoint, the archiving of the last segment. A server that refuses another
// connection lives, too.
bool LibpqConnection::server_lives() {
  try {
    LibpqConnection(conninfo_, application_, earlier_of(deadline_, from_now(std::min(patience_, longest_probe))), {})
        .open();
    return true;
  } catch (const Error& error) {
    signals::throw_if_pending();
    log::warning("barman.postgres", "no answer for {} seconds, and to a second connection: {}", patience_.count(),
                 error.what());
    return false;
  }
}

// Asks the server to stop the running query, then takes what it still sends. PQcancel connects anew and blocks, so a
// server that no longer answers must not hold us up: a thread asks, and after a while we stop listening.
void LibpqConnection::ask_to_cancel() {
  const Libpq& pq = libpq();
  std::promise<void> promise;
  std::future<void> asked = promise.get_future();
  std::thread([&pq, request = pq.get_cancel(connection_), done = std::move(promise)]() mutable {
    char text[256];
    if (request != nullptr) {
      pq.cancel(request, text, sizeof text);
      pq.free_cancel(request);
    }
    done.set_value();
  }).detach();
  asked.wait_for(cancel_patience);
}

void LibpqConnection::cancel() {
  const Libpq& pq = libpq();
  ask_to_cancel();
  const Deadline until = Clock::now() + cancel_patience;
  while (true) {
    while (pq.is_busy(connection_) != 0) {
      if (wait_for_socket(pq.socket(connection_), POLLIN, until, false) != Wait::ready) return;
      if (pq.consume_input(connection_) == 0) return;
    }
    if (!ResultPtr(pq.get_result(connection_))) return;
  }
}

// What is being copied would have to be taken to its end.
void LibpqConnection::hang_up() {
  ask_to_cancel();
  ::shutdown(libpq().socket(connection_), SHUT_RDWR);
}

void LibpqConnection::send(std::string_view sql) {
  const std::lock_guard lock(turn_);
  if (libpq().send_query(connection_, std::string(sql).c_str()) == 0) broken();
}

Answer LibpqConnection::next_answer() {
  const std::lock_guard lock(turn_);
  const Libpq& pq = libpq();
  wait_while([&] { return pq.is_busy(connection_) != 0; }, [this] { hang_up(); });
  const ResultPtr result(pq.get_result(connection_));
  if (!result) return {};
  switch (pq.result_status(result.get())) {
    case PGRES_TUPLES_OK:
      return {Answer::Kind::rows, read_rows(result.get())};
    case PGRES_COMMAND_OK:
      return {Answer::Kind::command, {}};
    case PGRES_COPY_OUT:
      return {Answer::Kind::copy_out, {}};
    case PGRES_COPY_IN:
      return {Answer::Kind::copy_in, {}};
    default:
      refused(result.get());
  }
}

bool LibpqConnection::copy_data(std::string& message) {
  const std::lock_guard lock(turn_);
  const Libpq& pq = libpq();
  char* bytes = nullptr;
  int got = 0;
  wait_while(
      [&] {
        got = pq.get_copy_data(connection_, &bytes, 1);
        return got == 0;
      },
      [this] { hang_up(); });
  if (got == -1) return false;
  if (got < 0) broken();
  const std::unique_ptr<char, decltype(pq.free_memory)> freed(bytes, pq.free_memory);
  message.assign(bytes, static_cast<std::size_t>(got));
  return true;
}

void LibpqConnection::put_copy_data(std::string_view bytes) {
  const std::lock_guard lock(turn_);
  const Libpq& pq = libpq();
  if (pq.set_nonblocking(connection_, 1) != 0) broken();
  while (true) {
    const int taken = pq.put_copy_data(connection_, bytes.data(), static_cast<int>(bytes.size()));
    if (taken < 0) broken();
    flush();
    if (taken > 0) return;
  }
}

void LibpqConnection::end_copy() {
  const std::lock_guard lock(turn_);
  const Libpq& pq = libpq();
  while (true) {
    const int taken = pq.put_copy_end(connection_, nullptr);
    if (taken < 0) broken();
    flush();
    if (taken > 0) break;
  }
  if (pq.set_nonblocking(connection_, 0) != 0) broken();
}

// Until the server has taken all that was put; not longer than it may be silent.
void LibpqConnection::flush() {
  const Libpq& pq = libpq();
  const Deadline until = earlier_of(deadline_, from_now(patience_));
  while (true) {
    const int state = pq.flush(connection_);
    if (state < 0) broken();
    if (state == 0) return;
    switch (wait_for_socket(pq.socket(connection_), POLLIN | POLLOUT, until)) {
      case Wait::ready:
        if (pq.consume_input(connection_) == 0) broken();
        break;
      case Wait::interrupted:
        hang_up();
        signals::throw_if_pending();
        break;
      case Wait::timed_out:
        hang_up();
        throw Error(Errc::timeout, "the PostgreSQL server did not take what was sent in time");
    }
  }
}

bool LibpqConnection::answers() {
  if (libpq().status(connection_) != CONNECTION_OK) return false;
  try {
    run("", {});
    return true;
  } catch (const Error& error) {
    if (error.code() == Errc::postgres) return false;
    throw;
  }
}

void LibpqConnection::refused(const PGresult* result) {
  const Libpq& pq = libpq();
  const auto field = [&](int code) {
    const char* text = pq.result_error_field(result, code);
    return std::string(text == nullptr ? "" : text);
  };
  const std::string primary = field(PG_DIAG_MESSAGE_PRIMARY);
  if (primary.empty()) throw Error(Errc::postgres, clean(pq.result_error_message(result)));
  std::string message = redact_passwords(primary);
  if (const std::string detail = field(PG_DIAG_MESSAGE_DETAIL); !detail.empty()) {
    message += "\nDETAIL:  " + redact_passwords(detail);
  }
  throw QueryError(field(PG_DIAG_SQLSTATE), message, field(PG_DIAG_MESSAGE_HINT));
}

// Something to read on an idle connection is an end of file, or a last message before one, or news that do not matter:
// only then is the server asked.
bool LibpqConnection::looks_closed() {
  const std::lock_guard lock(turn_);
  const Libpq& pq = libpq();
  if (pq.status(connection_) != CONNECTION_OK) return true;
  pollfd fd{pq.socket(connection_), POLLIN, 0};
  if (::poll(&fd, 1, 0) <= 0) return false;
  return pq.consume_input(connection_) == 0 || !answers();
}

}  // namespace

std::unique_ptr<Connection> connect(std::string conninfo, std::string_view application_name, Deadline deadline,
                                    std::chrono::seconds patience) {
  auto connection = std::make_unique<LibpqConnection>(std::move(conninfo), application_name, deadline, patience);
  connection->open();
  return connection;
}

std::unique_ptr<Connection> connect_as_barman(const std::string& conninfo, Deadline deadline,
                                              std::chrono::seconds patience) {
  return connect(conninfo, "barman", deadline, patience);
}

}  // namespace barman::postgres
