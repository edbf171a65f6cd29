#pragma once
#include <string>
#include <vector>

#include "barman/catalog/backup_info.h"

namespace barman::backup {

// The segments that make a backup consistent, in order. Throws Error(corrupt) for one that does not say which, or that
// spans timelines.
std::vector<std::string> required_wal(const catalog::BackupInfo& backup);

}  // namespace barman::backup
