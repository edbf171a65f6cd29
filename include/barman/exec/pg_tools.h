#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/exec/command.h"

namespace barman::exec {

// A PostgreSQL client program found on this machine.
struct PgTool {
  std::string path;
  std::string version;  // "15.20"; empty when it does not say
  int major() const;    // 15; 0 when unknown
};

// Where Debian keeps the programs of each version that is installed, most of them out of PATH.
inline constexpr std::string_view installed_versions = "/usr/lib/postgresql";

// First of `names` found per directory of search_path:PATH, else in the bin of the newest version below `versions` that
// has one; with the answer to --version, which each program is asked once.
std::optional<PgTool> find_pg_tool(const std::vector<std::string>& names, std::string_view search_path,
                                   std::string_view versions = installed_versions);
std::optional<PgTool> find_pg_basebackup(std::string_view search_path);
std::optional<PgTool> find_pg_receivewal(std::string_view search_path);  // pg_receivewal, pg_receivexlog
std::optional<PgTool> find_pg_verifybackup(std::string_view search_path);

// Every program of that name on the machine of a runner, in the order of its PATH, then of the directories that
// packages keep for each version. An answer to --version that is none leaves the version empty.
std::vector<PgTool> list_pg_tools(Runner& runner, const std::string& name, std::chrono::milliseconds patience);

}  // namespace barman::exec
