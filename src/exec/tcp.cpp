#include "tcp.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "barman/core/error.h"
#include "barman/core/signals.h"

namespace barman::exec {
namespace {

using Clock = std::chrono::steady_clock;

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

UniqueFd connect_one(const addrinfo& address, Clock::time_point until, std::string& why) {
  UniqueFd fd(::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address.ai_protocol));
  if (!fd) {
    why = std::strerror(errno);
    return {};
  }
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) == 0) return fd;
  int error = errno;
  if (error == EINPROGRESS || error == EINTR) {
    if (!wait_ready(fd.get(), POLLOUT, until)) {
      why = std::strerror(ETIMEDOUT);
      return {};
    }
    socklen_t size = sizeof error;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error == 0) return fd;
  }
  why = std::strerror(error);
  return {};
}

}  // namespace

bool wait_ready(int fd, short events, Clock::time_point until) {
  for (;;) {
    signals::throw_if_pending();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return false;
    std::array<pollfd, 2> watched{{{fd, events, 0}, {signals::wake_fd(), POLLIN, 0}}};
    if (::poll(watched.data(), watched.size(), static_cast<int>(std::min<long>(left, 60'000))) < 0 && errno != EINTR)
      throw_errno("poll", "socket");
    if (watched[0].revents != 0) return true;
  }
}

UniqueFd connect_tcp(const std::string& host, int port, const std::string& address_family, Clock::time_point until,
                     std::string& why) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_family = address_family == "inet" ? AF_INET : address_family == "inet6" ? AF_INET6 : AF_UNSPEC;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failure != 0) {
    why = ::gai_strerror(failure);
    return {};
  }
  const std::unique_ptr<addrinfo, FreeAddresses> list(found);
  for (const addrinfo* address = list.get(); address != nullptr; address = address->ai_next)
    if (UniqueFd fd = connect_one(*address, until, why)) return fd;
  return {};
}

void set_keepalive(int fd, int interval_seconds, int count) {
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (interval_seconds <= 0) return;
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &interval_seconds, sizeof interval_seconds);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_seconds, sizeof interval_seconds);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

}  // namespace barman::exec
