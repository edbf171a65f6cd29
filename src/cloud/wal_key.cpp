#include "barman/cloud/wal_key.h"

#include <algorithm>

#include "barman/core/text.h"

namespace barman::cloud {

std::optional<WalKey> parse_wal_key(std::string_view key) {
  constexpr std::string_view extensions[] = {".gz", ".bz2", ".xz", ".zst", ".lz4", ".snappy"};
  std::string_view name = key.substr(key.rfind('/') + 1);
  if (const auto parsed = parse_wal_name(name)) return WalKey{name, {}, *parsed};
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view extension = name.substr(dot);
  if (std::ranges::find(extensions, extension) == std::end(extensions)) return std::nullopt;
  name = name.substr(0, dot);
  const auto parsed = parse_wal_name(name);
  if (!parsed) return std::nullopt;
  return WalKey{name, extension, *parsed};
}

}  // namespace barman::cloud
