#include "stream.h"

#include <unistd.h>

#include <cerrno>

namespace barman::output {

namespace {
constexpr std::size_t flush_at = 64 * 1024;
}

void Stream::write(std::string_view bytes) {
  if (closed_) return;
  buffer_ += bytes;
  if (buffer_.size() >= flush_at) flush();
}

void Stream::flush() {
  std::string_view rest = buffer_;
  while (!closed_ && !rest.empty()) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written > 0)
      rest.remove_prefix(static_cast<std::size_t>(written));
    else if (errno != EINTR)
      closed_ = true;
  }
  buffer_.clear();
}

}  // namespace barman::output
