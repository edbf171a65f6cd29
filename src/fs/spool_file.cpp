#include "barman/fs/spool_file.h"

#include <fcntl.h>

#include <utility>

#include "barman/fs/file.h"

namespace barman::fs {

namespace {
constexpr mode_t private_mode = 0600;
}

SpoolFile::SpoolFile(std::string path, std::size_t buffer_size)
    : path_(std::move(path)),
      fd_(open_file(path_, O_WRONLY | O_CREAT | O_TRUNC, private_mode)),
      buffer_size_(buffer_size) {}

void SpoolFile::append(std::string_view bytes) {
  buffer_.append(bytes);
  if (buffer_.size() >= buffer_size_) write_out();
}

void SpoolFile::finish() {
  write_out();
  fd_.reset();
}

void SpoolFile::write_out() {
  write_all(fd_.get(), buffer_, path_);
  buffer_.clear();
}

}  // namespace barman::fs
