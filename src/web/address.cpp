#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>

#include <limits>

#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/web/listener.h"

namespace barman::web {
namespace {

constexpr std::string_view unix_prefix = "unix:";

Error malformed(std::string_view text) {
  return {Errc::usage, fmt::format("'{}' is not an address", text),
          "write HOST:PORT, for example 127.0.0.1:9780, or unix:PATH"};
}

}  // namespace

std::string to_string(const Address& address) {
  if (!address.path.empty()) return fmt::format("{}{}", unix_prefix, address.path);
  return address.host.find(':') == std::string::npos ? fmt::format("{}:{}", address.host, address.port)
                                                     : fmt::format("[{}]:{}", address.host, address.port);
}

Address parse_address(std::string_view text) {
  if (text.starts_with(unix_prefix)) {
    const std::string_view path = text.substr(unix_prefix.size());
    if (!path.starts_with('/')) throw malformed(text);
    return {.host = {}, .port = 0, .path = std::string(path)};
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) throw malformed(text);
  const auto port = parse_decimal(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  if (!port || *port < 0 || *port > std::numeric_limits<std::uint16_t>::max()) throw malformed(text);
  const bool in_brackets = host.starts_with('[') && host.ends_with(']');
  if (!in_brackets && host.find(':') != std::string_view::npos) throw malformed(text);
  if (in_brackets) host = host.substr(1, host.size() - 2);
  return {std::string(host), static_cast<std::uint16_t>(*port)};
}

bool is_local(const Address& address) {
  if (!address.path.empty() || to_lower(address.host) == "localhost") return true;
  in_addr four{};
  in6_addr six{};
  constexpr std::uint32_t loopback_network = 127;
  if (::inet_pton(AF_INET, address.host.c_str(), &four) == 1) return ntohl(four.s_addr) >> 24 == loopback_network;
  return ::inet_pton(AF_INET6, address.host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

}  // namespace barman::web
