#pragma once
#include <set>
#include <string>
#include <string_view>

#include "barman/catalog/backup_info.h"

namespace barman::cloud {

enum class Keep {
  whole,
  empty,    // a directory without what is in it
  nothing,  // not at all
};

// What of a tree belongs into a base backup (docs/reference/cloud.md, section 2.1).
struct TreeRules {
  // Of a tablespace: what the names of its directories begin with, "PG_15_". Empty: the tree is PGDATA.
  std::string version_directory;
  std::set<std::string, std::less<>> left_out;  // paths below the root: what other archives hold
};
TreeRules data_rules(const catalog::BackupInfo& info);
TreeRules tablespace_rules(const catalog::BackupInfo& info);

// `path`: below the root of the tree, without a '/' at either end.
Keep judge(const TreeRules& rules, std::string_view path, bool is_directory);

}  // namespace barman::cloud
