#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "barman/wal/segment.h"

// What a PostgreSQL host may hand over under the name of a WAL file, told from the outside of it.
namespace barman::archiver {

// In bytes: a segment of the largest size that a compression has made no smaller, and what no history file or backup
// label reaches.
std::uint64_t largest_delivery(WalKind kind);

// Why content of `size` bytes that begins with `head` (segment_header_size bytes, or all of it) is not the file `wal`;
// std::nullopt: it may be. What is `packed`, compressed or encrypted, cannot be told from outside; a segment that is
// not has a segment's size, and where it begins with PostgreSQL's own header, the size and the address told there.
std::optional<std::string> delivery_problem(const WalName& wal, std::string_view head, std::uint64_t size, bool packed);

}  // namespace barman::archiver
