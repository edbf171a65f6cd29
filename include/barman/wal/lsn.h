#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace barman {

// A position in the WAL stream: PostgreSQL's pg_lsn, "A/B" in hexadecimal.
struct Lsn {
  std::uint64_t value = 0;
  auto operator<=>(const Lsn&) const = default;
};

std::optional<Lsn> parse_lsn(std::string_view text);
std::string to_string(Lsn lsn);  // %X/%X

}  // namespace barman
