#pragma once
#include <optional>
#include <string_view>

#include "barman/wal/segment.h"

namespace barman::cloud {

// The last part of the key of a WAL file: its name, and the extension of a compression with its dot, or nothing.
struct WalKey {
  std::string_view name, extension;
  WalName parsed;
};
// std::nullopt for whatever is no WAL file. What is returned looks into `key`.
std::optional<WalKey> parse_wal_key(std::string_view key);

}  // namespace barman::cloud
