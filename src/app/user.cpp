#include "barman/app/user.h"

#include <fmt/core.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "barman/core/error.h"

namespace barman::app {

void become_user(const std::string& user) {
  const passwd* entry = ::getpwnam(user.c_str());
  if (entry == nullptr)
    throw Error(Errc::config, fmt::format("the configured user '{}' does not exists", user),
                "create that account, or set barman_user in the [barman] section");
  if (entry->pw_uid == ::getuid()) return;
  const bool changed =
      ::initgroups(entry->pw_name, entry->pw_gid) == 0 && ::setgid(entry->pw_gid) == 0 && ::setuid(entry->pw_uid) == 0;
  if (!changed) throw Error(Errc::config, fmt::format("please run barman as '{}' user", user));
  ::setenv("HOME", entry->pw_dir, 1);
}

}  // namespace barman::app
