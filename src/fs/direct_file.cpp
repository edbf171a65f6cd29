#include "barman/fs/direct_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "barman/core/error.h"

namespace barman::fs {
namespace {

static_assert(DirectBlock::size % DirectFile::alignment == 0);

// The kernel's answer where a file system cannot write directly after all.
bool is_refused(ssize_t written) { return written < 0 && errno == EINVAL; }

}  // namespace

// Another description of the same file: the flag is one of the description, and `fd` is for all that is not aligned.
DirectFile::DirectFile(int fd, std::uint64_t size, std::string path)
    : fd_(fd),
      path_(std::move(path)),
      direct_fd_(::open(fmt::format("/proc/self/fd/{}", fd).c_str(), O_WRONLY | O_DIRECT | O_CLOEXEC)),
      direct_(static_cast<bool>(direct_fd_)) {
  // Where this fails, writing still works or says what is wrong.
  static_cast<void>(::fallocate(fd, 0, 0, static_cast<off_t>(size)));
}

void DirectFile::write(std::string_view bytes, std::uint64_t offset) {
  std::size_t written = direct_ ? write_directly(bytes, offset) : 0;
  while (written < bytes.size()) {
    const ssize_t got =
        ::pwrite(fd_, bytes.data() + written, bytes.size() - written, static_cast<off_t>(offset + written));
    if (got < 0 && errno != EINTR) throw_errno("write", path_);
    if (got > 0) written += static_cast<std::size_t>(got);
  }
}

// As much as can be: the file system may say only now that it cannot.
std::size_t DirectFile::write_directly(std::string_view bytes, std::uint64_t offset) {
  const std::size_t whole = bytes.size() / alignment * alignment;
  std::size_t written = 0;
  while (written < whole) {
    const ssize_t got =
        ::pwrite(direct_fd_.get(), bytes.data() + written, whole - written, static_cast<off_t>(offset + written));
    if (is_refused(got)) direct_ = false;
    if (is_refused(got) || (got > 0 && static_cast<std::size_t>(got) % alignment != 0)) break;
    if (got < 0 && errno != EINTR) throw_errno("write", path_);
    if (got > 0) written += static_cast<std::size_t>(got);
  }
  return written;
}

void DirectBlock::Free::operator()(char* bytes) const {
  ::operator delete[](bytes, std::align_val_t{DirectFile::alignment});
}

DirectBlock::DirectBlock()
    : bytes_(static_cast<char*>(::operator new[](size, std::align_val_t{DirectFile::alignment}))) {}

void DirectFilePart::add(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t now = std::min(bytes.size(), DirectBlock::size - filled_);
    bytes.copy(block_.bytes().data() + filled_, now);
    bytes.remove_prefix(now);
    filled_ += now;
    if (filled_ == DirectBlock::size) write();
  }
}

void DirectFilePart::finish() { write(); }

void DirectFilePart::write() {
  file_.write(block_.first(filled_), offset_);
  offset_ += filled_;
  filled_ = 0;
}

}  // namespace barman::fs
