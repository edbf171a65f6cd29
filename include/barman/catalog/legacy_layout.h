#pragma once
#include <string>

#include "barman/config/server_config.h"

// The places where versions before 3.13 kept backup.info and the WAL index, and where tools still look for them:
// repmgr's clone from a backup, check-barman. The option legacy_links says whether they are served. Nothing here is
// ever read by Barman or by us while the file at the new place exists.
namespace barman::catalog {

std::string legacy_info_path(const config::ServerConfig& config, const std::string& id);  // base/{ID}/backup.info
std::string legacy_index_path(const config::ServerConfig& config);                        // wals/xlog.db

// The file at the old place is a copy and no link: repmgr fetches it with "rsync -a", which would bring it a link that
// leads nowhere, and Barman refuses to import an exported backup that holds a link.
//
// True when the copy has the size of the file that it was made from and is not older.
bool is_current_copy(const std::string& copy, const std::string& original);

// What is at the old place of the index when there is one at the new place, `index`. The caller holds the lock of the
// index. A file there is the index of an old version: it is kept as {S}-xlog.db.old, which neither program reads.
void set_legacy_index_aside(const config::ServerConfig& config);
// Then the place gets a link with a relative target. A link that leads elsewhere is replaced.
void link_legacy_index(const config::ServerConfig& config, const std::string& index);
bool is_legacy_index_linked(const config::ServerConfig& config, const std::string& index);

}  // namespace barman::catalog
