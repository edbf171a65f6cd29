#include "barman/fs/bulk_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <string_view>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::fs {

namespace {

// Of the memory, of the place in the file and of the count: that of a page is enough for every disk.
constexpr std::size_t alignment = 4096;
static_assert(BulkWriter::block % alignment == 0);

}  // namespace

void BulkWriter::Free::operator()(char* bytes) const { ::operator delete (bytes, std::align_val_t{alignment}); }

BulkWriter::BulkWriter() : buffer_(static_cast<char*>(::operator new (block, std::align_val_t{alignment}))) {}

void BulkWriter::begin(int fd, std::uint64_t size, std::string path) {
  fd_ = fd;
  path_ = std::move(path);
  filled_ = 0;
  direct_ = size >= block && set_direct(true);
}

void BulkWriter::add(std::size_t count) {
  filled_ += count;
  if (filled_ < block) return;
  write(block);
  // All of it is synced in the end: what the disk does meanwhile is not to be waited for then. A hint, which nothing
  // depends on.
  if (!direct_)
    ::sync_file_range(fd_, ::lseek(fd_, 0, SEEK_CUR) - static_cast<off_t>(block), block, SYNC_FILE_RANGE_WRITE);
  filled_ = 0;
}

void BulkWriter::finish() {
  write(filled_);
  filled_ = 0;
  fd_ = -1;
}

void BulkWriter::write(std::size_t count) {
  const std::size_t written = direct_ ? write_directly(count) : 0;
  write_all(fd_, {buffer_.get() + written, count - written}, path_);
}

// As much as can be: the file system may say that it cannot only now, and takes no piece of a page.
std::size_t BulkWriter::write_directly(std::size_t count) {
  const std::size_t whole = count / alignment * alignment;
  std::size_t written = 0;
  while (written < whole) {
    const ssize_t got = ::write(fd_, buffer_.get() + written, whole - written);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != EINVAL) throw_errno("write", path_);
    if (got > 0) written += static_cast<std::size_t>(got);
    if (got < 0 || written % alignment != 0) break;
  }
  if (written < count) {
    if (!set_direct(false)) throw_errno("write", path_);
    direct_ = false;
  }
  return written;
}

bool BulkWriter::set_direct(bool direct) const {
  const int flags = ::fcntl(fd_, F_GETFL);
  return flags >= 0 && ::fcntl(fd_, F_SETFL, direct ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
}

}  // namespace barman::fs
