#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/copy/smart_copy.h"

namespace barman::copy {

// One rsync process of an item's copy.
struct RsyncCall {
  std::string files_from = {};  // file of NUL-separated names below the item; empty: the item itself
  bool recursive = false;       // with all that is in it, or in the directories among the names
  bool compare = false;         // content is compared where size and date are equal
  bool remove = false;          // what the source does not have is deleted
  bool only_remove = false;     // and nothing else done
  bool dry_run = false;
  bool reuse = false;  // reuse_directory is there
};

// A name as rsync pattern that matches just this name.
std::string literal_pattern(std::string_view path);

exec::Command rsync_command(const Request& request, const Item& item, const RsyncCall& call,
                            const fs::Host& remote_end);

// Whether rsync reports nothing but that the requested file is missing.
bool reports_missing_file(std::string_view rsync_stderr);

// Whether a file that was taken from the reuse directory or the destination has to be compared (algorithms.md section
// 5, step 4). `mtime` in seconds; unset: not known.
bool must_compare(const std::optional<std::int64_t>& mtime, const std::optional<Timestamp>& safe_horizon);

// For rsync's --out-format: what happens to an entry, its date, size, bytes moved, name. Asking for the bytes moved
// makes rsync report a file when it is done.
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
