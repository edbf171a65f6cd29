#pragma once
#include <algorithm>
#include <string_view>

namespace barman::backup {

// pg_basebackup's link from a plain backup's data directory to a tablespace beside it: data/pg_tblspc/{oid}. The only
// links that a backup has.
inline bool is_tablespace_link(std::string_view relative) {
  constexpr std::string_view directory = "data/pg_tblspc/";
  if (!relative.starts_with(directory)) return false;
  relative.remove_prefix(directory.size());
  return !relative.empty() && std::ranges::all_of(relative, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace barman::backup
