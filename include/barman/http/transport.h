#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/core/deadline.h"
#include "barman/core/error.h"
#include "barman/http/body.h"

namespace barman::http {

struct Header {
  std::string name, value;
};

struct Request {
  std::string method;  // "GET"
  std::string url;     // complete, every part encoded
  std::vector<Header> headers;
  std::optional<Body> body;  // sent with its length
};

struct Response {
  int status = 0;
  std::vector<Header> headers;
  std::string body;  // whole, unless a Take got it; at most largest_answer bytes, more is Error(corrupt)
  std::optional<std::string> header(std::string_view name) const;  // names compare without regard to case
  bool ok() const { return status >= 200 && status < 300; }
};
inline constexpr std::size_t largest_answer = 64 * 1024 * 1024;

// Gets the body of a successful answer piece by piece, each with the status and the headers that came before it, so
// that whoever gets only a part of the body knows of what. What it throws ends the transfer and is rethrown.
using Take = std::function<void(const Response& head, std::string_view bytes)>;

// No answer, or not all of one. Its Errc is remote, or timeout.
class TransferError : public Error {
 public:
  enum class Kind {
    unreachable,  // name not found, connection refused, no TLS session: no part of the request was sent
    cut,          // ended in the middle of the request or the answer
    timeout,
  };
  TransferError(Kind kind, const std::string& message, std::string hint = {})
      : Error(kind == Kind::timeout ? Errc::timeout : Errc::remote, message, std::move(hint)), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// When a transfer is given up. Every transfer has an end.
struct Limits {
  std::chrono::milliseconds connect{10'000};
  std::chrono::seconds silent{60};  // nothing, or next to nothing, was sent or received for so long
  std::chrono::seconds total{3600};
};

// What is left until then of `limit`, at least a millisecond.
std::chrono::milliseconds time_left(const Deadline& deadline, std::chrono::milliseconds limit);

// One request, sent once, and one answer, whatever its status. May be called by several threads at once; connections
// are kept and used again. A signal ends it (Interrupted). Proxies and certificates as curl takes them from
// HTTPS_PROXY, NO_PROXY, …
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Response send(const Request& request, const Take& take = {}) = 0;
};

struct TransportOptions {
  Limits limits;
  Deadline deadline{};    // what is under way then is given up, and nothing is sent later: TransferError(timeout)
  std::string ca_bundle;  // a file of certificates; empty: the system's
  std::uint64_t bytes_per_second = 0;  // sent, by all transfers together; 0: no limit
  bool proxies = true;                 // false: for what is on this machine, or beside it
};
// Over libcurl, which is loaded by the first request.
std::unique_ptr<Transport> open_transport(const TransportOptions& options);

}  // namespace barman::http
