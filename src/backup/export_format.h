#pragma once
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/codec/format.h"

// The names of exported backups (formats.md section 17):
// backup-export-{server}-{id}-{UTC YYYYMMDDTHHMMSS}-{first 8 digits of the file's SHA256}.tar[.gz|.bz2|.xz]
namespace barman::backup {

inline constexpr std::size_t tarball_digits = 8;
inline constexpr std::array tarball_compressions{codec::Algorithm::gzip, codec::Algorithm::bzip2, codec::Algorithm::xz};

std::string tarball_extension(std::optional<codec::Algorithm> compression);  // ".tar.gz"

struct TarballName {
  std::string id, stamp, checksum;
};

// Everything before the last "-".
std::string tarball_stem(std::string_view server, std::string_view id, std::string_view stamp);

// Throws Error(refused) saying what is not as it should be.
TarballName parse_tarball_name(std::string_view name, std::string_view server);

// The segments that make a backup consistent, in order. Throws Error(corrupt) for one that does not say which, or that
// spans timelines.
std::vector<std::string> required_wal(const catalog::BackupInfo& backup);

// pg_basebackup's link from a plain backup's data directory to a tablespace beside it: data/pg_tblspc/{oid}. The only
// links that a backup has.
inline bool is_tablespace_link(std::string_view relative) {
  constexpr std::string_view directory = "data/pg_tblspc/";
  if (!relative.starts_with(directory)) return false;
  relative.remove_prefix(directory.size());
  return !relative.empty() && std::ranges::all_of(relative, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace barman::backup
