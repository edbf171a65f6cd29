#pragma once
#include <functional>
#include <string>
#include <vector>

#include "barman/backup/backup.h"
#include "barman/copy/smart_copy.h"

namespace barman::backup {

// What rsync_items needs to know beside the backup itself.
struct RsyncPlan {
  std::int64_t bandwidth_limit = 0;                       // kB/s
  std::map<std::string, std::int64_t> tablespace_limits;  // by tablespace name, instead
  std::string base_directory;                             // base/{ID}
  const catalog::BackupInfo* previous = nullptr;          // to reuse files of
  std::string previous_data;                              // its directories
  std::function<std::string(std::int64_t oid)> previous_tablespace;
};

// The trees and files of an rsync backup, in order (algorithms.md 4.2).
std::vector<copy::Item> rsync_items(const catalog::BackupInfo& info, const RsyncPlan& plan);

}  // namespace barman::backup
