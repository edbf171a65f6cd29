#include "barman/web/listener.h"

#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <memory>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/parallel.h"
#include "barman/core/signals.h"
#include "connection.h"

namespace barman::web {
namespace {

constexpr std::string_view logger = "barman.web";
constexpr int backlog = 64;

using Infos = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Infos look_up(const Address& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int problem = ::getaddrinfo(address.host.empty() ? nullptr : address.host.c_str(),
                                    std::to_string(address.port).c_str(), &hints, &found);
  if (problem != 0)
    throw Error(Errc::io, fmt::format("cannot listen on {}: {}", to_string(address), ::gai_strerror(problem)),
                "name an address of this machine, for example 127.0.0.1:9780");
  return {found, &::freeaddrinfo};
}

// Without an error; errno says why not.
UniqueFd bound(const addrinfo& info) {
  UniqueFd fd(::socket(info.ai_family, info.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, info.ai_protocol));
  const int on = 1, off = 0;
  if (!fd) return {};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (info.ai_family == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  if (::bind(fd.get(), info.ai_addr, info.ai_addrlen) != 0 || ::listen(fd.get(), backlog) != 0) return {};
  return fd;
}

UniqueFd open_socket(const Address& address) {
  const Infos infos = look_up(address);
  int why = 0;
  // For every address one socket of IPv6 takes what is for IPv4, too; without IPv6 there is the other one.
  for (const int family : {AF_INET6, AF_INET})
    for (const addrinfo* info = infos.get(); info != nullptr; info = info->ai_next) {
      if (info->ai_family != family) continue;
      if (UniqueFd fd = bound(*info)) return fd;
      why = errno;
    }
  throw Error(Errc::io, fmt::format("cannot listen on {}: {}", to_string(address), std::strerror(why)),
              why == EADDRINUSE ? "another program listens there: end it, or name another port"
                                : "name an address of this machine, and a port that this user may listen on");
}

std::uint16_t port_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) throw_errno("examine", "socket");
  const in_port_t port = address.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                                       : reinterpret_cast<const sockaddr_in&>(address).sin_port;
  return ntohs(port);
}

Error malformed(std::string_view text) {
  return {Errc::usage, fmt::format("'{}' is not an address", text), "write HOST:PORT, for example 127.0.0.1:9780"};
}

}  // namespace

std::string to_string(const Address& address) {
  return address.host.find(':') == std::string::npos ? fmt::format("{}:{}", address.host, address.port)
                                                     : fmt::format("[{}]:{}", address.host, address.port);
}

Address parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) throw malformed(text);
  const auto port = parse_decimal(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  if (!port || *port > std::numeric_limits<std::uint16_t>::max()) throw malformed(text);
  const bool in_brackets = host.starts_with('[') && host.ends_with(']');
  if (!in_brackets && host.find(':') != std::string_view::npos) throw malformed(text);
  if (in_brackets) host = host.substr(1, host.size() - 2);
  return {std::string(host), static_cast<std::uint16_t>(*port)};
}

Listener::Listener(const Address& address, Routes routes, const Limits& limits)
    : address_(address), routes_(std::move(routes)), limits_(limits), socket_(open_socket(address)) {
  address_.port = port_of(socket_.get());
}

void Listener::run() {
  run_parallel(limits_.threads, limits_.threads, [this](std::size_t) { serve(); });
}

// One of the threads: takes a connection whenever it has none.
void Listener::serve() const {
  while (signals::pending() == 0) {
    std::array<pollfd, 2> polled = {{{socket_.get(), POLLIN, 0}, {signals::wake_fd(), POLLIN, 0}}};
    if (::poll(polled.data(), polled.size(), -1) < 0 || polled[0].revents == 0) continue;
    const UniqueFd connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection) {
      serve(connection.get());
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      constexpr int pause_ms = 100;  // whoever waits is still there
      signals::sleep_ms(pause_ms);
    }
  }
}

void Listener::serve(int connection) const {
  auto arrived = receive(connection, limits_);
  if (!arrived) return;
  const bool with_body = arrived->request.method != "HEAD";
  Response response;
  if (arrived->refusal)
    response = plain(arrived->refusal->status, arrived->refusal->reason);
  else
    response = routes_.answer(std::move(arrived->request));
  log::debug(logger, "answered with {}", response.status);
  if (send(connection, to_text(response, with_body), std::chrono::steady_clock::now() + limits_.response))
    drain(connection);
}

}  // namespace barman::web
