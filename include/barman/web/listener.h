#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "barman/core/unique_fd.h"
#include "barman/web/routes.h"

namespace barman::web {

struct Address {
  std::string host;
  std::uint16_t port = 0;  // 0: any that is free
};
std::string to_string(const Address& address);  // "127.0.0.1:9780", "[::1]:9780"
// HOST:PORT, [IPv6]:PORT, :PORT (every address of this machine). Throws Error(usage).
Address parse_address(std::string_view text);

// Whoever sends or takes slowly, much or nothing is cut off; who comes when all threads are at work waits.
struct Limits {
  std::size_t threads = 8;       // requests that are answered at the same time
  std::size_t head = 16 * 1024;  // bytes of request line and headers
  std::size_t body = 1024 * 1024;
  std::chrono::milliseconds request{10'000};   // until all of it has arrived
  std::chrono::milliseconds response{30'000};  // until all of it has been taken
};

// Speaks HTTP/1.1 on one address; a connection serves one request.
class Listener {
 public:
  // Throws Error(io) where the address cannot be had.
  Listener(const Address& address, Routes routes, const Limits& limits = {});
  // With the port that it got.
  const Address& address() const { return address_; }
  // Answers until a signal arrives (core/signals.h); returns then. What is being answered has two seconds to be taken.
  void run();

 private:
  void serve() const;
  void serve(int connection) const;

  Address address_;
  Routes routes_;
  Limits limits_;
  UniqueFd socket_;
};

}  // namespace barman::web
