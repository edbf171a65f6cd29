#include "barman/fs/output.h"

#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "barman/core/error.h"

namespace barman::fs {

namespace {

std::string name_of(int fd) {
  if (fd == STDOUT_FILENO) return "standard output";
  std::array<char, 4096> link{};
  const ssize_t length = ::readlink(fmt::format("/proc/self/fd/{}", fd).c_str(), link.data(), link.size());
  return length > 0 ? std::string(link.data(), static_cast<std::size_t>(length)) : fmt::format("descriptor {}", fd);
}

}  // namespace

void write_output(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      throw_errno("write to", name_of(fd), error);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace barman::fs
