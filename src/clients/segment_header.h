#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "barman/wal/segment_header.h"

namespace barman::clients {

// Whether a file of `size` bytes beginning with `head` may be served as the segment `wal`: whole, and, where the header
// can tell, the segment of that name and of the cluster `system_id` (nullopt: any). Content that is no WAL of
// PostgreSQL is judged by its size alone.
bool is_whole_segment(std::string_view wal, std::string_view head, std::uint64_t size,
                      std::optional<std::uint64_t> system_id);

// System identifier of the cluster whose pg_wal directory is going to hold `wal_destination`, from its pg_control;
// std::nullopt when there is none.
std::optional<std::uint64_t> system_id_near(const std::string& wal_destination);

}  // namespace barman::clients
