#include "programs.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/exec/programs.h"

namespace barman::drill {

bool Programs::has(const std::string& name) const { return exec::is_program(path(name)); }

Programs choose_programs(const std::vector<exec::PgTool>& servers, int major) {
  if (major < oldest_major)
    throw Error(Errc::refused, fmt::format("a drill needs a backup of PostgreSQL {} or later", oldest_major));
  const auto found = std::ranges::find_if(servers, [&](const exec::PgTool& tool) { return tool.major() == major; });
  if (found == servers.end())
    throw Error(Errc::not_found, fmt::format("the server programs of PostgreSQL {} are not on this host", major),
                fmt::format("install the package postgresql-{0} (Debian, Ubuntu) or postgresql{0}-server (Red Hat, "
                            "SUSE), or add the directory of its programs to the option path_prefix",
                            major));
  return {found->path.substr(0, found->path.rfind('/')), major};
}

}  // namespace barman::drill
