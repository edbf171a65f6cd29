#pragma once
#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace barman::test {

// One connection to a LoopbackServer. Nothing waits for longer than some seconds, nor after the server has stopped.
class Peer {
 public:
  Peer(int fd, const std::atomic<bool>& stopped) : fd_(fd), stopped_(stopped) {}
  // The head of the next request with its empty line; its body stays for read(). Empty: the client has closed.
  std::string read_head() {
    for (;;) {
      const std::size_t end = buffer_.find("\r\n\r\n");
      if (end != std::string::npos) {
        const std::string head = buffer_.substr(0, end + 4);
        buffer_.erase(0, end + 4);
        return head;
      }
      if (!receive()) return {};
    }
  }
  std::string read(std::size_t size) {
    while (buffer_.size() < size && receive()) {
    }
    const std::string got = buffer_.substr(0, size);
    buffer_.erase(0, got.size());
    return got;
  }
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // Until the client closes, or the server stops.
  void wait() {
    while (receive()) {
    }
  }

 private:
  bool receive() {
    char block[65536];
    for (int tries = 0; tries < 3000 && !stopped_.load(); ++tries) {
      pollfd readable = {fd_, POLLIN, 0};
      if (::poll(&readable, 1, 10) <= 0) continue;
      const ssize_t got = ::recv(fd_, block, sizeof block, 0);
      if (got <= 0) return false;
      buffer_.append(block, static_cast<std::size_t>(got));
      return true;
    }
    return false;
  }

  int fd_;
  const std::atomic<bool>& stopped_;
  std::string buffer_;
};

// What is behind a port of 127.0.0.1: each connection gets a thread that talks with it and then closes it.
class LoopbackServer {
 public:
  explicit LoopbackServer(std::function<void(Peer&)> talk) : talk_(std::move(talk)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      std::abort();
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~LoopbackServer() {
    stopped_ = true;
    acceptor_.join();
    for (std::thread& thread : talks_) thread.join();
    ::close(listener_);
  }
  std::string url(std::string_view path = "/") const { return fmt::format("http://127.0.0.1:{}{}", port_, path); }
  int port() const { return port_; }
  int connections() const { return connections_; }

 private:
  void accept_all() {
    while (!stopped_) {
      pollfd readable = {listener_, POLLIN, 0};
      if (::poll(&readable, 1, 10) <= 0) continue;
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      ++connections_;
      talks_.emplace_back([this, fd] {
        Peer peer(fd, stopped_);
        talk_(peer);
        ::close(fd);
      });
    }
  }

  std::function<void(Peer&)> talk_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopped_ = false;
  std::atomic<int> connections_ = 0;
  std::thread acceptor_;
  std::vector<std::thread> talks_;
};

// An answer with its length.
inline std::string answer(int status, std::string_view body, std::string_view headers = {}) {
  return fmt::format("HTTP/1.1 {} Text\r\n{}Content-Length: {}\r\n\r\n{}", status, headers, body.size(), body);
}

}  // namespace barman::test
