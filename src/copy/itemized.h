#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace barman::copy {

// For rsync's --out-format: what happens to an entry, its date, size, bytes moved, name. Asking for the bytes moved
// makes rsync tell of a file when it is done.
inline constexpr const char* itemized_format = "@%i %M %l %b %n";

// One line of that format.
struct Itemized {
  enum class Kind { file, directory, other };
  Kind kind = Kind::other;
  bool taken = false;      // a file that was found, linked or copied on the receiving side, its content unread
  bool there = false;      // that it was found in its place
  bool unchanged = false;  // mode and date are as found, too
  std::optional<std::int64_t> mtime;  // seconds since 1970, provided that rsync runs with TZ=UTC0
  std::int64_t size = 0;
  std::string name;  // raw bytes; a directory's ends in '/'
};

// std::nullopt for anything else that rsync prints, and for deletions.
std::optional<Itemized> parse_itemized(std::string_view line);

// A name as rsync prints it: bytes that are not printable, and a backslash that could be mistaken, as \#ooo in octal.
std::string unescape_name(std::string_view text);

}  // namespace barman::copy
