#include "daemon.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"

namespace barman::web {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view logger = "barman.web";
constexpr std::chrono::seconds last_moment{2};  // for what is being answered when a signal arrives

int milliseconds_until(Deadline until) {
  constexpr std::int64_t longest = 60'000;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, longest));
}

}  // namespace

// No exception may get into the library: it is C.
struct Daemon::Callbacks {
  static void log(void* self, const char* format, va_list arguments) noexcept {
    std::array<char, 512> text{};
    std::vsnprintf(text.data(), text.size(), format, arguments);
    auto& daemon = *static_cast<Daemon*>(self);
    if (daemon.epoll_ < 0) daemon.problem_ += trim(text.data());
    log::debug(logger, "{}", trim(text.data()));
  }

  static void connection(void* self, MHD_Connection* connection, void**, MHD_ConnectionNotificationCode what) noexcept {
    auto& daemon = *static_cast<Daemon*>(self);
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
      daemon.watches_.erase(connection);
      return;
    }
    const auto* info = daemon.library_.get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != nullptr) daemon.watches_[connection] = {info->connect_fd, Clock::now() + daemon.limits_.request};
  }

  // What is returned is the Exchange of all that follows, until completed().
  static void* target(void*, const char* target, MHD_Connection* connection) noexcept {
    auto exchange = std::make_unique<Exchange>();
    exchange->target = target;
    exchange->connection = connection;
    return exchange.release();
  }

  static void completed(void*, MHD_Connection*, void** exchange, MHD_RequestTerminationCode) noexcept {
    delete static_cast<Exchange*>(*exchange);
    *exchange = nullptr;
  }

  static MHD_Result handle(void* self, MHD_Connection*, const char*, const char* method, const char*, const char* data,
                           std::size_t* size, void** exchange) noexcept {
    const std::string_view body(data, data == nullptr ? 0 : *size);
    *size = 0;  // all of it is taken
    auto* const known = static_cast<Exchange*>(*exchange);
    return known != nullptr && static_cast<Daemon*>(self)->take(*known, method, body) ? MHD_YES : MHD_NO;
  }

  static MHD_Result header(void* request, MHD_ValueKind, const char* name, const char* value) noexcept {
    static_cast<Request*>(request)->headers.push_back({name, value == nullptr ? "" : value});
    return MHD_YES;
  }

  // The target is taken apart here.
  static std::size_t unescape(void*, MHD_Connection*, char* text) noexcept { return std::string_view(text).size(); }
};

Daemon::Daemon(UniqueFd socket, Routes routes, const Limits& limits, const std::optional<Tls>& tls)
    : library_(libmicrohttpd()), socket_(std::move(socket)), routes_(std::move(routes)), limits_(limits) {
  start(tls);
}

Daemon::~Daemon() {
  if (daemon_ != nullptr) library_.stop_daemon(daemon_);
}

void Daemon::start(const std::optional<Tls>& tls) {
  certified_clients_ = tls && !tls->client_authority.empty();
  const std::size_t memory = 2 * limits_.head + 4096;
  const auto silence = static_cast<unsigned>(
      std::chrono::ceil<std::chrono::seconds>(std::max(limits_.request, limits_.response)).count());
  std::vector<MHD_OptionItem> options;
  const auto add_text = [&](MHD_OPTION option, const std::string& text) {
    options.push_back({option, 0, const_cast<char*>(text.c_str())});
  };
  if (tls) {
    add_text(MHD_OPTION_HTTPS_MEM_CERT, tls->certificate);
    add_text(MHD_OPTION_HTTPS_MEM_KEY, tls->key);
    if (certified_clients_) add_text(MHD_OPTION_HTTPS_MEM_TRUST, tls->client_authority);
  }
  options.push_back({MHD_OPTION_END, 0, nullptr});
  unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
  if (tls) flags |= MHD_USE_TLS;
  void* const self = this;
  const int listening = ::fcntl(socket_.get(), F_DUPFD_CLOEXEC, 0);  // the library closes it
  daemon_ = library_.start_daemon(
      flags, 0, nullptr, nullptr, &Callbacks::handle, self, MHD_OPTION_EXTERNAL_LOGGER, &Callbacks::log, self,
      MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_NOTIFY_CONNECTION, &Callbacks::connection, self,
      MHD_OPTION_NOTIFY_COMPLETED, &Callbacks::completed, self, MHD_OPTION_URI_LOG_CALLBACK, &Callbacks::target, self,
      MHD_OPTION_UNESCAPE_CALLBACK, &Callbacks::unescape, self, MHD_OPTION_CONNECTION_LIMIT,
      static_cast<unsigned>(limits_.connections), MHD_OPTION_PER_IP_CONNECTION_LIMIT,
      static_cast<unsigned>(limits_.of_one_client), MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory,
      MHD_OPTION_CONNECTION_TIMEOUT, silence, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
      MHD_OPTION_ARRAY, options.data(), MHD_OPTION_END);
  if (daemon_ == nullptr)
    throw Error(tls ? Errc::config : Errc::io,
                fmt::format("cannot listen{}", problem_.empty() ? std::string() : ": " + problem_),
                tls ? "see whether the certificate, its key and the client CA are PEM files that fit each other"
                    : "see whether this process may open that many files (ulimit -n)");
  epoll_ = library_.get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

// ---- The loop

void Daemon::run() {
  Workers workers(limits_.threads,
                  [this](Exchange& exchange) { exchange.response = routes_.answer(exchange.request); });
  workers_ = &workers;
  while (signals::pending() == 0) turn(Clock::now() + std::chrono::minutes(1), /*until_signal=*/true);
  stop();
  workers_ = nullptr;
}

// Waits until something happens, and does what is to be done then.
void Daemon::turn(Deadline until, bool until_signal) {
  if (const auto next = next_deadline()) until = std::min(until, *next);
  int wait = milliseconds_until(until);
  MHD_UNSIGNED_LONG_LONG silence = 0;
  if (library_.get_timeout(daemon_, &silence) == MHD_YES)
    wait = static_cast<int>(std::min<unsigned long long>(silence, static_cast<unsigned>(wait)));
  std::array<pollfd, 3> polled = {
      {{epoll_, POLLIN, 0}, {workers_->ready_fd(), POLLIN, 0}, {signals::wake_fd(), POLLIN, 0}}};
  ::poll(polled.data(), until_signal ? polled.size() : polled.size() - 1, wait);
  for (Exchange* exchange : workers_->take_answered()) {
    exchange->stage = Exchange::Stage::answered;
    library_.resume_connection(exchange->connection);
  }
  const std::size_t connections = watches_.size();
  library_.run(daemon_);
  if (watches_.size() < connections) library_.run(daemon_);  // where it was full, others may come in now
  cut_off_late();
}

std::optional<Deadline> Daemon::next_deadline() const {
  std::optional<Deadline> next;
  for (const auto& [connection, watch] : watches_)
    if (watch.until && (!next || *watch.until < *next)) next = watch.until;
  return next;
}

// The library notices that nothing can be read or written any more, and closes the connection.
void Daemon::cut_off_late() {
  const Deadline now = Clock::now();
  for (auto& [connection, watch] : watches_) {
    if (!watch.until || *watch.until > now) continue;
    ::shutdown(watch.fd, SHUT_RDWR);
    watch.until.reset();
  }
}

void Daemon::watch(MHD_Connection* connection, std::optional<Deadline> until) {
  if (const auto found = watches_.find(connection); found != watches_.end())
    found->second = {found->second.fd, until, /*asks=*/false};
}

// Nobody new; who is still asking is cut off, what is being answered is waited for.
void Daemon::stop() {
  if (const int listening = library_.quiesce_daemon(daemon_); listening >= 0) ::close(listening);
  const Deadline end = Clock::now() + last_moment;
  for (auto& [connection, watch] : watches_)
    if (watch.until && watch.asks) watch.until = Clock::now();
  while (!watches_.empty() && Clock::now() < end) turn(end, /*until_signal=*/false);
  workers_->join();  // they have heard of the signal, too
  for (Exchange* exchange : workers_->take_answered()) {
    exchange->stage = Exchange::Stage::answered;
    library_.resume_connection(exchange->connection);
  }
  library_.run(daemon_);
}

// ---- One request

bool Daemon::take(Exchange& exchange, const char* method, std::string_view body) {
  switch (exchange.stage) {
    case Exchange::Stage::arriving:
      return begin(exchange, method);
    case Exchange::Stage::body:
      if (body.empty())
        hand_over(exchange);
      else if (exchange.request.body.size() + body.size() > limits_.body)
        return false;
      else
        exchange.request.body += body;
      return true;
    case Exchange::Stage::answered:
      return send(exchange);
    case Exchange::Stage::answering:
    case Exchange::Stage::sending:
      return true;
  }
  return false;
}

// With all headers, before the body. A refusal is sent at once: then the body is not read.
bool Daemon::begin(Exchange& exchange, const char* method) {
  exchange.request.method = method;
  library_.get_connection_values(exchange.connection, MHD_HEADER_KIND, &Callbacks::header, &exchange.request);
  exchange.stage = Exchange::Stage::body;
  auto refusal = judge_client(exchange.connection);
  if (!refusal) refusal = parse_target(exchange.target, exchange.request);
  if (!refusal) refusal = judge_headers(exchange.request, exchange.target.size(), limits_.head, limits_.body);
  if (!refusal) return true;
  exchange.response = routes_.failure(refusal->status, refusal->reason);
  return send(exchange);
}

void Daemon::hand_over(Exchange& exchange) {
  exchange.stage = Exchange::Stage::answering;
  watch(exchange.connection, std::nullopt);
  library_.suspend_connection(exchange.connection);
  workers_->give(exchange, routes_.pace_of(exchange.request));
}

bool Daemon::send(Exchange& exchange) {
  exchange.stage = Exchange::Stage::sending;
  watch(exchange.connection, Clock::now() + limits_.response);
  const Response& response = exchange.response;  // lives until the request is completed
  MHD_Response* answer =
      library_.create_response(response.body.size(), const_cast<char*>(response.body.data()), MHD_RESPMEM_PERSISTENT);
  if (answer == nullptr) return false;
  library_.add_response_header(answer, "Content-Type", response.type.c_str());
  library_.add_response_header(answer, "Connection", "close");
  for (const Header& header : response.headers)
    library_.add_response_header(answer, header.name.c_str(), header.value.c_str());
  log::debug(logger, "{} {}: {}", exchange.request.method, exchange.request.path, response.status);
  const bool queued =
      library_.queue_response(exchange.connection, static_cast<unsigned>(response.status), answer) == MHD_YES;
  library_.destroy_response(answer);
  return queued;
}

// The library asks for a certificate, and leaves it to us what is made of it.
std::optional<Refusal> Daemon::judge_client(MHD_Connection* connection) const {
  if (!certified_clients_) return std::nullopt;
  const auto* info = library_.get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  if (info == nullptr) return Refusal{403, "a client certificate is needed"};
  std::string purpose = GNUTLS_KP_TLS_WWW_CLIENT;
  gnutls_typed_vdata_st wanted{GNUTLS_DT_KEY_PURPOSE_OID, reinterpret_cast<unsigned char*>(purpose.data()), 0};
  unsigned problems = 0;
  const int code = library_.verify_peers(static_cast<gnutls_session_t>(info->tls_session), &wanted, 1, &problems);
  if (code == GNUTLS_E_SUCCESS && problems == 0) return std::nullopt;
  if (code == GNUTLS_E_NO_CERTIFICATE_FOUND) return Refusal{403, "a client certificate is needed"};
  log::warning(logger, "A client certificate was refused ({}, {:#x})", code, problems);
  return Refusal{403, "this client certificate is not accepted"};
}

}  // namespace barman::web
