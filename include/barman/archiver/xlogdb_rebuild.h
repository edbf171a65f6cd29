#pragma once
#include "barman/catalog/xlogdb.h"
#include "barman/config/server_config.h"

namespace barman::archiver {

// Rebuilds the WAL index from the files in wals/ (formats.md 5.3), replacing it atomically under its lock.
catalog::RebuildCounts rebuild_xlogdb(const config::ServerConfig& config, catalog::XlogDb& xlogdb);

// Creates an absent index (and removes one at the old place) silently, as the reference does whenever it opens it.
// Costs one stat when the index is there.
void ensure_xlogdb(const config::ServerConfig& config, catalog::XlogDb& xlogdb);

}  // namespace barman::archiver
