#include "restore_file.h"

#include <sys/stat.h>

#include "barman/core/error.h"

namespace barman::cloud {

void RestoredFile::done() {
  if (--writers_ > 0) return;
  const std::timespec times[2] = {mtime_, mtime_};
  if (::futimens(fd(), times) != 0) throw_errno("set the time of", path_);
}

}  // namespace barman::cloud
