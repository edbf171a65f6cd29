#pragma once
#include <optional>
#include <string>
#include <vector>

#include "barman/exec/pg_tools.h"

namespace barman::drill {

inline constexpr int oldest_major = 10;

// Programs of one PostgreSQL version, all of one directory.
class Programs {
 public:
  Programs(std::string directory, int major) : directory_(std::move(directory)), major_(major) {}
  int major() const { return major_; }
  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  bool has(const std::string& name) const;

 private:
  std::string directory_;
  int major_;
};

// Of the servers found (exec::list_pg_tools "postgres"), the first of the major version. Throws Error(not_found) that
// names the packages.
Programs choose_programs(const std::vector<exec::PgTool>& servers, int major);

}  // namespace barman::drill
