#include "rename.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::archive {

bool rename_to_free_name(const std::string& from, const std::string& to, bool* crossed) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  int reason = errno;
  if (reason == EEXIST) return false;
  if (reason == EINVAL || reason == ENOSYS) {  // a file system without the flag: our locks keep others away
    if (fs::lstat_if_exists(to)) return false;
    if (::rename(from.c_str(), to.c_str()) == 0) return true;
    reason = errno;
  }
  if (reason == EXDEV && crossed) {
    *crossed = true;
    return false;
  }
  throw_errno(fmt::format("rename to '{}' the file", to), from, reason);
}

bool link_to_free_name(const std::string& from, const std::string& to, bool& unable) {
  if (::link(from.c_str(), to.c_str()) == 0) return true;
  switch (errno) {
    case EEXIST:
      return false;
    case EXDEV:
    case EPERM:
    case EMLINK:
    case ENOSYS:
    case EOPNOTSUPP:
      unable = true;
      return false;
    default:
      throw_errno(fmt::format("link to '{}' the file", to), from);
  }
}

}  // namespace barman::archive
