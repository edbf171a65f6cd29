#include "barman/core/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace barman {

void keep_standard_streams() {
  struct Stream {
    int fd, flags;
  };
  constexpr std::array streams = {Stream{STDIN_FILENO, O_WRONLY}, Stream{STDOUT_FILENO, O_RDONLY},
                                  Stream{STDERR_FILENO, O_RDONLY}};
  for (const auto& [fd, flags] : streams)
    if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF && ::open("/dev/null", flags) != fd) ::_exit(1);  // no /dev/null
}

}  // namespace barman
