#pragma once
#include <cstdint>

#include "barman/wal/segment.h"

// What a PostgreSQL host may hand over under the name of a WAL file, told from the outside of it.
namespace barman::archiver {

// In bytes: a segment of the largest size that a compression has made no smaller, and what no history file or backup
// label reaches.
std::uint64_t largest_delivery(WalKind kind);

}  // namespace barman::archiver
