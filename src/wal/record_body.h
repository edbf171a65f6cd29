#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

#include "barman/wal/record.h"

namespace barman {

// What follows the header of a record, of the kinds that are noted. `head` is as much of it as is at hand, `body` its
// whole size.

// Where the main data begin; std::nullopt when that is not within the head, or nothing that PostgreSQL writes.
std::optional<std::size_t> main_data(std::string_view head, std::size_t body);
// Adds to the record what its main data say: time, name, start. False when they are not those of its kind.
bool read_body(std::string_view head, std::size_t body, WalRecord& record);

}  // namespace barman
