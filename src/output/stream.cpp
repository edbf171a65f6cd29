#include "stream.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/output/writer.h"

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
    if (written > 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      closed_ = true;
      error_ = errno == EPIPE ? 0 : errno;
    }
  }
  buffer_.clear();
}

bool Stream::finish() {
  flush();
  if (error_ == 0) return true;
  try {
    throw_errno("write to", "standard output", error_);
  } catch (const Error& error) {
    log::error("barman.output", "{}", error.what());
    print_error_line("ERROR: " + with_hint(error));
    return false;
  }
}

}  // namespace barman::output
