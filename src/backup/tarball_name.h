#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

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

}  // namespace barman::backup
