#include "barman/fs/stream.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "barman/core/error.h"
#include "barman/core/signals.h"

namespace barman::fs {

std::size_t read_stream(int fd, std::span<char> buffer, const std::string& what) {
  for (;;) {
    // The wake descriptor is waited for as well: a signal that comes between a look at the flag and read() would be
    // missed.
    ::pollfd waiting[2] = {{fd, POLLIN, 0}, {signals::wake_fd(), POLLIN, 0}};
    if (::poll(waiting, 2, -1) < 0 && errno != EINTR) throw_errno("wait for", what);
    signals::throw_if_pending();
    if (waiting[0].revents == 0) continue;
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR && errno != EAGAIN) throw_errno("read", what);
  }
}

}  // namespace barman::fs
