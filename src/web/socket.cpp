#include "socket.h"

#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "barman/core/error.h"

namespace barman::web {
namespace {

constexpr int backlog = 512;

Error cannot_listen(const Address& address, const char* why, std::string hint) {
  return {Errc::io, fmt::format("cannot listen on {}: {}", to_string(address), why), std::move(hint)};
}

// ---- TCP

using Infos = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Infos look_up(const Address& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int problem = ::getaddrinfo(address.host.empty() ? nullptr : address.host.c_str(),
                                    std::to_string(address.port).c_str(), &hints, &found);
  if (problem != 0)
    throw cannot_listen(address, ::gai_strerror(problem),
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

UniqueFd open_tcp(const Address& address) {
  const Infos infos = look_up(address);
  int why = 0;
  // For every address one socket of IPv6 takes what is for IPv4, too; without IPv6 there is the other one.
  for (const int family : {AF_INET6, AF_INET})
    for (const addrinfo* info = infos.get(); info != nullptr; info = info->ai_next) {
      if (info->ai_family != family) continue;
      if (UniqueFd fd = bound(*info)) return fd;
      why = errno;
    }
  throw cannot_listen(address, std::strerror(why),
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

// ---- Unix

UniqueFd new_unix_socket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) throw_errno("create", "socket");
  return fd;
}

// What a process that was killed has left: nobody accepts there.
void remove_abandoned(const sockaddr_un& address) {
  struct ::stat info {};
  if (::lstat(address.sun_path, &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  const UniqueFd fd = new_unix_socket();
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno == ECONNREFUSED)
    ::unlink(address.sun_path);
}

UniqueFd open_unix(const Address& where) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (where.path.size() >= sizeof address.sun_path)
    throw cannot_listen(where, "the path is too long",
                        fmt::format("a Unix socket's path has at most {} bytes", sizeof address.sun_path - 1));
  where.path.copy(address.sun_path, where.path.size());
  remove_abandoned(address);
  UniqueFd fd = new_unix_socket();
  constexpr mode_t not_for_others = 0117;  // before it exists: nobody gets in between
  const mode_t mask = ::umask(not_for_others);
  const bool done = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                    ::listen(fd.get(), backlog) == 0;
  const int why = errno;
  ::umask(mask);
  if (done) return fd;
  throw cannot_listen(where, std::strerror(why),
                      why == EADDRINUSE ? "another program listens there, or the file is no socket: remove it, or name "
                                          "another one"
                                        : "name a file in a directory that this user may write to");
}

}  // namespace

UniqueFd listen_on(Address& address) {
  if (!address.path.empty()) return open_unix(address);
  UniqueFd fd = open_tcp(address);
  address.port = port_of(fd.get());
  return fd;
}

}  // namespace barman::web
