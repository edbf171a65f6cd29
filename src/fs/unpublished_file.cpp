#include "barman/fs/unpublished_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>
#include <vector>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::fs {
namespace {

constexpr mode_t private_mode = 0600, permission_bits = 07777;
constexpr std::size_t copy_buffer_size = 256 * 1024;

// Kernels and file systems without nameless files say one of these.
bool knows_no_nameless_files(int error_number) {
  return error_number == EOPNOTSUPP || error_number == EISDIR || error_number == EINVAL || error_number == ENOENT;
}

// File systems on which a nameless file can never get a name say one of these.
bool knows_no_hard_links(int error_number) {
  return error_number == EPERM || error_number == ENOSYS || error_number == EOPNOTSUPP || error_number == EMLINK;
}

// Takes a new and still empty file from everybody but its owner; returns the mode it had, for the time when it is
// whole.
mode_t make_private(int fd, const std::string& path) {
  struct ::stat info {};
  if (::fstat(fd, &info) != 0) throw_errno("examine", path);
  if (::fchmod(fd, private_mode) != 0) throw_errno("change the mode of", path);
  return info.st_mode & permission_bits;
}

bool has_proc() { return ::access("/proc/self/fd", X_OK) == 0; }

}  // namespace

UnpublishedFile::UnpublishedFile(std::string directory, bool named)
    : directory_(std::move(directory)), named_(named || !has_proc()) {
  if (!named_) {
    fd_ = UniqueFd(::open(directory_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, default_file_mode));
    if (!fd_ && !knows_no_nameless_files(errno)) throw_errno("create a file in", directory_);
    named_ = !fd_;
    if (fd_) path_ = fmt::format("/proc/self/fd/{}", fd_.get());
  }
  if (named_) create_hidden();
  mode_ = make_private(fd_.get(), place());
}

std::string UnpublishedFile::place() const {
  return named_ ? path_ : in_directory(directory_, "(file without a name)");
}

void UnpublishedFile::create_hidden() {
  path_ = temporary_name_for(in_directory(directory_, std::string(unpublished_file_name)));
  fd_ = open_file(path_, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW);
  // Until finish() it is known by this lock that its writer lives (see remove_abandoned_replacements).
  if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) return;  // a file system without locks
}

// Durable, with times and mode: whatever the caller has made so of the nameless file.
void UnpublishedFile::copy_to_hidden_name() {
  const std::string nameless_place = place();
  const UniqueFd nameless = std::move(fd_);
  struct ::stat info {};
  if (::fstat(nameless.get(), &info) != 0) throw_errno("examine", nameless_place);
  if (::lseek(nameless.get(), 0, SEEK_SET) != 0) throw_errno("seek in", nameless_place);
  create_hidden();
  named_ = true;
  std::vector<char> buffer(copy_buffer_size);
  while (const std::size_t got = read_some(nameless.get(), buffer, nameless_place))
    write_all(fd_.get(), {buffer.data(), got}, path_);
  const struct ::timespec times[2] = {info.st_atim, info.st_mtim};
  if (::fchmod(fd_.get(), info.st_mode & permission_bits) != 0) throw_errno("change the mode of", path_);
  if (::futimens(fd_.get(), times) != 0) throw_errno("set the times of", path_);
  sync_fd(fd_.get(), path_);
}

UnpublishedFile::UnpublishedFile(UnpublishedFile&& other) noexcept
    : directory_(std::move(other.directory_)),
      path_(std::exchange(other.path_, {})),
      fd_(std::move(other.fd_)),
      mode_(other.mode_),
      named_(std::exchange(other.named_, false)) {}

UnpublishedFile::~UnpublishedFile() {
  if (named_) ::unlink(path_.c_str());
}

void UnpublishedFile::finish() {
  if (::fchmod(fd_.get(), mode_) != 0) throw_errno("change the mode of", place());
  sync_fd(fd_.get(), place());
  if (named_) fd_.reset();
}

// Neither way replaces what has the name.
bool UnpublishedFile::publish(const std::string& name) {
  const std::string target = in_directory(directory_, name);
  int result = named_ ? ::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE)
                      : ::linkat(AT_FDCWD, path_.c_str(), AT_FDCWD, target.c_str(), AT_SYMLINK_FOLLOW);
  if (result != 0 && named_ && (errno == EINVAL || errno == ENOSYS)) {  // a file system without the flag
    if (lstat_if_exists(target)) return false;
    result = ::rename(path_.c_str(), target.c_str());
  }
  if (result != 0 && errno == EEXIST) return false;
  if (result != 0 && !named_ && knows_no_hard_links(errno)) {
    copy_to_hidden_name();
    return publish(name);
  }
  if (result != 0) throw_errno(fmt::format("give the name '{}' to the file", target), place());
  named_ = false;
  return true;
}

}  // namespace barman::fs
