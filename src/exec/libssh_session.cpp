#include "libssh_session.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/core/unique_fd.h"
#include "libssh_channel.h"

namespace barman::exec {

namespace {

// Waits until `fd` is ready for `events`, a signal arrives (Interrupted) or the time is over (false).
bool wait_ready(int fd, short events, std::chrono::steady_clock::time_point until);

// A connected socket to the first address of the host that answers. On failure an invalid one and a text in `why`.
// address_family: any, inet, inet6.
UniqueFd connect_tcp(const std::string& host, int port, const std::string& address_family,
                     std::chrono::steady_clock::time_point until, std::string& why);

// Lets the kernel find out that the other side is gone.
void set_keepalive(int fd, int interval_seconds, int count);

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

constexpr int smallest_rsa_key = 1024;  // OpenSSH's default

// Why there is no session. Never leaves this file.
struct NoSession : std::runtime_error {
  explicit NoSession(const std::string& why, bool repeat = false) : std::runtime_error(why), worth_repeating(repeat) {}
  bool worth_repeating;
};

// Keys with a passphrase are the ssh program's business, which can ask for it.
int refuse_passphrase(const char*, char*, std::size_t, int, int, void*) { return -1; }

// ssh itself does not use a key that others can read.
bool is_private_file(const std::string& path) {
  struct ::stat info {};
  if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
  return info.st_uid != ::getuid() || (info.st_mode & 077) == 0;
}

// libssh skips lines with markers; @revoked must not be skipped.
bool has_markers(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    const std::size_t start = line.find_first_not_of(" \t");
    if (start != std::string::npos && line[start] == '@') return true;
  }
  return false;
}

}  // namespace

SessionAttempt LibsshSession::open(const SshSettings& settings, Clock::time_point until) {
  const LibsshApi* api = libssh_api();
  if (api == nullptr) return {nullptr, "libssh is not installed"};
  std::unique_ptr<LibsshSession> session(new LibsshSession(*api));
  try {
    session->connect(settings, until);
    session->check_host_key(settings);
    session->authenticate(settings, until);
  } catch (const NoSession& failure) {
    return {nullptr, failure.what(), failure.worth_repeating};
  }
  return {std::move(session), {}};
}

LibsshSession::~LibsshSession() {
  if (session_ != nullptr) {
    if (api_.is_connected_(session_) != 0) api_.disconnect_(session_);
    api_.free_(session_);
  }
  // Releases of libssh differ in whether they close a socket that was handed to them.
  struct ::stat info {};
  if (socket_ >= 0 && ::fstat(socket_, &info) == 0 && S_ISSOCK(info.st_mode) && info.st_ino == socket_inode_)
    ::close(socket_);
}

void LibsshSession::connect(const SshSettings& settings, Clock::time_point until) {
  std::string why;
  UniqueFd socket = connect_tcp(settings.host, settings.port, settings.address_family, until, why);
  if (!socket) throw NoSession(why);
  set_keepalive(socket.get(), settings.alive_interval, settings.alive_count);
  ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) & ~O_NONBLOCK);
  struct ::stat info {};
  if (::fstat(socket.get(), &info) != 0) throw NoSession("the socket is gone");
  socket_inode_ = info.st_ino;
  socket_ = socket.release();
  session_ = api_.new_();
  if (session_ == nullptr) throw NoSession("out of memory");
  configure(settings);
  api_.set_blocking_(session_, 0);
  if (until_done(SSH_AGAIN, until, [&] { return api_.connect_(session_); }) != SSH_OK)
    throw NoSession(api_.get_error_(session_));
}

void LibsshSession::set(ssh_options_e option, const void* value, const char* name) {
  if (api_.options_set_(session_, option, value) != SSH_OK)
    throw NoSession(fmt::format("libssh does not take {}", name));
}

// All of ssh's configuration has been read by ssh -G: libssh reads none.
void LibsshSession::configure(const SshSettings& settings) {
  const bool process_config = false;
  set(SSH_OPTIONS_PROCESS_CONFIG, &process_config, "process_config");
  set(SSH_OPTIONS_FD, &socket_, "socket");
  set(SSH_OPTIONS_HOST, settings.host.c_str(), "host");
  const auto port = static_cast<unsigned>(settings.port);
  set(SSH_OPTIONS_PORT, &port, "port");
  set(SSH_OPTIONS_USER, settings.user.c_str(), "user");
  const int strict = 1;
  set(SSH_OPTIONS_STRICTHOSTKEYCHECK, &strict, "stricthostkeychecking");
  set(SSH_OPTIONS_RSA_MIN_SIZE, &smallest_rsa_key, "requiredrsasize");
  const char* nothing = "/dev/null";
  set(SSH_OPTIONS_KNOWNHOSTS, settings.user_known_hosts.empty() ? nothing : settings.user_known_hosts.c_str(),
      "userknownhostsfile");
  set(SSH_OPTIONS_GLOBAL_KNOWNHOSTS,
      settings.global_known_hosts.empty() ? nothing : settings.global_known_hosts.c_str(), "globalknownhostsfile");
  const auto algorithms = [&](std::initializer_list<ssh_options_e> options, const std::string& list, const char* name) {
    for (const ssh_options_e option : options)
      if (!list.empty()) set(option, list.c_str(), name);
  };
  algorithms({SSH_OPTIONS_HOSTKEYS}, settings.host_key_algorithms, "hostkeyalgorithms");
  algorithms({SSH_OPTIONS_KEY_EXCHANGE}, settings.key_exchanges, "kexalgorithms");
  algorithms({SSH_OPTIONS_CIPHERS_C_S, SSH_OPTIONS_CIPHERS_S_C}, settings.ciphers, "ciphers");
  algorithms({SSH_OPTIONS_HMAC_C_S, SSH_OPTIONS_HMAC_S_C}, settings.macs, "macs");
  algorithms({SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES}, settings.public_key_algorithms, "pubkeyacceptedalgorithms");
}

// Only a key that known_hosts holds is good enough here; every other case, new keys included, is left to ssh.
void LibsshSession::check_host_key(const SshSettings& settings) {
  if (has_markers(settings.user_known_hosts) || has_markers(settings.global_known_hosts))
    throw NoSession("known_hosts holds @ markers");
  if (api_.session_is_known_server_(session_) != SSH_KNOWN_HOSTS_OK)
    throw NoSession("the host key is not in known_hosts", true);
}

void LibsshSession::authenticate(const SshSettings& settings, Clock::time_point until) {
  const int none = until_done(SSH_AUTH_AGAIN, until, [&] { return api_.userauth_none_(session_, nullptr); });
  if (none == SSH_AUTH_SUCCESS) return;
  if (settings.use_agent) {
    const int agent = until_done(SSH_AUTH_AGAIN, until, [&] { return api_.userauth_agent_(session_, nullptr); });
    if (agent == SSH_AUTH_SUCCESS) return;
    if (agent == SSH_AUTH_PARTIAL) throw NoSession("a second way of authentication is asked for");
  }
  for (const std::string& path : settings.identities)
    if (try_identity(path, until)) return;
  throw NoSession("no key was accepted");
}

bool LibsshSession::try_identity(const std::string& path, Clock::time_point until) {
  if (!is_private_file(path)) return false;
  ssh_key key = nullptr;
  if (api_.pki_import_privkey_file_(path.c_str(), nullptr, refuse_passphrase, nullptr, &key) != SSH_OK) return false;
  const std::unique_ptr<ssh_key_struct, decltype(api_.key_free_)> owner(key, api_.key_free_);
  const int result =
      until_done(SSH_AUTH_AGAIN, until, [&] { return api_.userauth_publickey_(session_, nullptr, key); });
  if (result == SSH_AUTH_PARTIAL) throw NoSession("a second way of authentication is asked for");
  if (result == SSH_AUTH_ERROR) throw NoSession(api_.get_error_(session_));
  return result == SSH_AUTH_SUCCESS;
}

short LibsshSession::interesting_events() const {
  const bool writing = (api_.get_poll_flags_(session_) & SSH_WRITE_PENDING) != 0;
  return writing ? POLLIN | POLLOUT : POLLIN;
}

template <typename Call>
int LibsshSession::until_done(int again, Clock::time_point until, Call call) {
  for (;;) {
    const int result = call();
    if (result != again) return result;
    if (!wait_ready(socket_, interesting_events(), until)) throw NoSession("the server did not answer in time");
  }
}

std::optional<Outcome> LibsshSession::run(const Command& command, const std::string& command_line) {
  constexpr std::chrono::seconds start_limit{30};
  const ChannelOwner channel(api_, session_);
  if (!channel) return std::nullopt;
  ChannelPump pump(api_, session_, socket_, channel.get(), command);
  try {
    const auto until = Clock::now() + start_limit;
    if (until_done(SSH_AGAIN, until, [&] { return api_.channel_open_session_(channel.get()); }) != SSH_OK)
      return std::nullopt;
    const auto request = [&] { return api_.channel_request_exec_(channel.get(), command_line.c_str()); };
    if (until_done(SSH_AGAIN, until, request) != SSH_OK) return std::nullopt;
  } catch (const NoSession&) {
    return std::nullopt;
  }
  return pump.run();
}

}  // namespace barman::exec
