#pragma once
#include <string>

#include "barman/config/server_config.h"

// Where versions before 3.13 kept backup.info, and where tools still look for it: repmgr's clone from a backup. The
// option legacy_links says whether they are served. Nothing here is ever read by Barman or by us while the file at the
// new place exists.
namespace barman::catalog {

std::string legacy_info_path(const config::ServerConfig& config, const std::string& id);  // base/{ID}/backup.info

// The file at the previous location is a copy, not a link: repmgr fetches it with "rsync -a", which would bring it a
// link that leads nowhere, and Barman refuses to import an exported backup that holds a link.
//
// True when the copy has the size of the file that it was made from and is not older.
bool is_current_copy(const std::string& copy, const std::string& original);

}  // namespace barman::catalog
