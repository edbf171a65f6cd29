#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/config/server_config.h"

// WAL files where they lie on disk, without the index.
namespace barman::archiver {

// Path of a file in the archive. `name` must be a WAL name.
std::string archived_path(const config::ServerConfig& config, std::string_view name);
bool is_archived(const config::ServerConfig& config, std::string_view name);

// The highest segment (24 digits; no partial, label or history file) of each timeline in the archive. Looks into the
// last directory of each timeline only.
std::map<std::uint32_t, std::string> latest_segments(const config::ServerConfig& config);

// Where a WAL file can be had: archive, incoming, streaming; with `partial` also as streaming/{name}.partial, the
// archived and the incoming one; then the archive once more, for the file that has just moved there.
std::optional<std::string> locate_wal(const config::ServerConfig& config, const std::string& name, bool partial);

// Up to `count` consecutive WAL files that locate_wal finds (without partials), from `name` on. The segment size is not
// known here: where a name is missing whose SEG part is a power of two, the next LOG is tried. A name that is not a
// segment's yields itself if it exists.
std::vector<std::string> peek_wals(const config::ServerConfig& config, const std::string& name, std::int64_t count);

}  // namespace barman::archiver
