#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "barman/web/routes.h"

namespace barman::web {

struct Address {
  std::string host;
  std::uint16_t port = 0;  // 0: any that is free
  std::string path{};      // of a Unix socket; empty: TCP
};
std::string to_string(const Address& address);  // "127.0.0.1:9780", "[::1]:9780", "unix:/run/barman.socket"
// HOST:PORT, [IPv6]:PORT, :PORT (every address of this machine), unix:PATH. Throws Error(usage).
Address parse_address(std::string_view text);
// Whether only processes of this machine get there: a Unix socket, a loopback address, "localhost".
bool is_local(const Address& address);

// Whoever sends or takes slowly, much or nothing is cut off, and holds nothing but a connection until then.
struct Limits {
  std::size_t threads = 8;          // requests that are answered at the same time; more of them wait
  std::size_t connections = 500;    // at the same time; further ones wait until they are accepted
  std::size_t of_one_client = 300;  // of those, from one IP address; further ones are closed
  std::size_t head = 16 * 1024;     // bytes of request line and headers
  std::size_t body = 1024 * 1024;
  std::chrono::milliseconds request{10'000};   // until all of it has arrived
  std::chrono::milliseconds response{30'000};  // until all of it has been taken
};

// TLS; all of it as PEM text.
struct Tls {
  std::string certificate, key;
  std::string client_authority{};  // not empty: only clients with a certificate of it are answered, others get 403
};

class Daemon;

// Speaks HTTP/1.1 on one address, by libmicrohttpd, which is loaded with the first listener; a connection serves one
// request.
class Listener {
 public:
  // Throws Error(io) where the address cannot be had, Error(config) where the certificates are of no use,
  // Error(unsupported) where the library is not there. A Unix socket is for the user and the group (0660); one that
  // nobody listens on any more is replaced.
  Listener(const Address& address, Routes routes, const Limits& limits = {}, const std::optional<Tls>& tls = {});
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();
  // With the port that it got.
  const Address& address() const { return address_; }
  // Answers until a signal arrives (core/signals.h); returns then. What is being answered has two seconds to be taken.
  void run();

 private:
  Address address_;
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace barman::web
