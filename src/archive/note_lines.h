#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "barman/archive/wal_notes.h"

namespace barman::archive {

// One line of the file of notes, with its end: SIZE TIME NOTE. SIZE and TIME in sixteen hexadecimal digits, the time as
// the bits of the number; NOTE as to_line() writes it.
std::string note_line(const NoteLine& line);

// What stands before NOTE, which is what is left of `line` then. False: it is no such line.
bool take_stored(std::string_view& line, StoredAs& stored);

std::optional<NoteLine> parse_line(std::string_view line);

inline constexpr std::size_t stored_columns = 34;

}  // namespace barman::archive
