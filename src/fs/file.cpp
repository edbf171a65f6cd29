#include "barman/fs/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/on_exit.h"
#include "barman/core/text.h"

namespace barman::fs {

namespace {

constexpr std::size_t most_at_once = std::size_t{128} << 20;
constexpr std::size_t buffer_size = std::size_t{64} << 10;

// As far as the kernel does it by itself. True: up to the end; else what is left has to be read and written.
bool copy_in_kernel(int from, int to) {
  for (bool any = false;; any = true) {
    ssize_t copied = 0;
    do copied = ::copy_file_range(from, nullptr, to, nullptr, most_at_once, 0);
    while (copied < 0 && errno == EINTR);
    // Nothing at all is what file systems without it say, too.
    if (copied <= 0) return copied == 0 && any;
  }
}

void copy_rest(int from, const std::string& from_path, int to, const std::string& to_path) {
  char buffer[buffer_size];  // most files are small: to clear it would cost more than to copy them
  while (const std::size_t got = read_some(from, buffer, from_path)) write_all(to, {buffer, got}, to_path);
}

constexpr std::size_t longest_name = 255;  // NAME_MAX of the file systems we meet
constexpr std::size_t random_digits = 16;
constexpr std::string_view suffix = ".tmp";

std::string random_hex() {
  std::array<unsigned char, random_digits / 2> bytes{};
  ssize_t got = 0;
  do got = ::getrandom(bytes.data(), bytes.size(), 0);
  while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(bytes.size())) throw_errno("read", "random numbers");
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

// As much of a name as fits into that of its temporary file.
std::string_view name_within(std::string_view name) {
  return name.substr(0, longest_name - random_digits - suffix.size() - std::string_view("..").size());
}

// The name in ".{name}.{16 hex digits}.tmp"; empty for anything else.
std::string_view name_behind(std::string_view file) {
  if (!file.starts_with('.') || !file.ends_with(suffix)) return {};
  file.remove_prefix(1);
  file.remove_suffix(suffix.size());
  if (file.size() < random_digits + 1) return {};
  const std::string_view random = file.substr(file.size() - random_digits);
  file.remove_suffix(random_digits);
  if (!file.ends_with('.') || !parse_hex(random)) return {};
  file.remove_suffix(1);
  return file;
}

bool lock(int fd, int operation) {
  int result = 0;
  do result = ::flock(fd, operation);
  while (result != 0 && errno == EINTR);
  return result == 0;
}

void remove_if_abandoned(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (fd && lock(fd.get(), LOCK_EX | LOCK_NB)) ::unlink(path.c_str());
}

std::string name_of(int fd) {
  if (fd == STDOUT_FILENO) return "standard output";
  std::array<char, 4096> link{};
  const ssize_t length = ::readlink(fmt::format("/proc/self/fd/{}", fd).c_str(), link.data(), link.size());
  return length > 0 ? std::string(link.data(), static_cast<std::size_t>(length)) : fmt::format("descriptor {}", fd);
}

}  // namespace

std::string in_directory(const std::string& directory, const std::string& name) {
  return directory.ends_with('/') ? directory + name : directory + "/" + name;
}

namespace {

std::string_view kind_of(mode_t mode) {
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  if (S_ISSOCK(mode)) return "a socket";
  return "a directory";
}

// Where there is something to be read, nothing is waited for, neither here nor later.
int reading_flags(int flags) { return (flags & O_ACCMODE) == O_WRONLY ? flags : flags | O_NONBLOCK; }

bool may_be_anything(int flags) { return (flags & O_ACCMODE) == O_WRONLY || (flags & O_DIRECTORY) != 0; }

}  // namespace

void expect_regular_file(int fd, const std::string& path) {
  struct ::stat info {};
  if (::fstat(fd, &info) != 0) throw_errno("examine", path);
  if (S_ISREG(info.st_mode)) return;
  throw Error(Errc::corrupt, fmt::format("cannot read '{}': it is {}, not a regular file", path, kind_of(info.st_mode)),
              "put the file that belongs there in its place, or remove it");
}

UniqueFd open_file(const std::string& path, int flags, mode_t mode) {
  int raw = -1;
  do raw = ::open(path.c_str(), reading_flags(flags) | O_CLOEXEC, mode);
  while (raw < 0 && errno == EINTR);
  if (raw < 0) throw_errno((flags & O_CREAT) != 0 ? "create" : "open", path);
  UniqueFd fd(raw);
  if (!may_be_anything(flags)) expect_regular_file(fd.get(), path);
  return fd;
}

std::optional<UniqueFd> open_if_exists(const std::string& path, int flags) {
  UniqueFd fd(::open(path.c_str(), reading_flags(flags) | O_CLOEXEC));
  if (fd) {
    if (!may_be_anything(flags)) expect_regular_file(fd.get(), path);
    return fd;
  }
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  throw_errno("open", path);
}

void write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::size_t read_some(int fd, std::span<char> buffer, const std::string& path) {
  ssize_t got = 0;
  do got = ::read(fd, buffer.data(), buffer.size());
  while (got < 0 && errno == EINTR);
  if (got < 0) throw_errno("read", path);
  return static_cast<std::size_t>(got);
}

void read_blocks(int fd, const std::string& path, const std::function<void(std::string_view)>& take) {
  std::vector<char> buffer(256 * 1024);
  while (const std::size_t got = read_some(fd, buffer, path)) take({buffer.data(), got});
}

namespace {

void expect_within(std::size_t size, std::size_t limit, const std::string& path) {
  if (size <= limit) return;
  throw Error(Errc::corrupt,
              fmt::format("cannot read '{}': it is larger than {}, which no such file is", path,
                          human_size(static_cast<std::int64_t>(limit))),
              "put the file that belongs there in its place, or remove it");
}

std::string read_rest(int fd, const std::string& path, std::size_t limit) {
  struct ::stat info {};
  if (::fstat(fd, &info) != 0) throw_errno("examine", path);
  expect_within(static_cast<std::size_t>(info.st_size), limit, path);
  std::string content;
  // One byte more than expected, to meet the end without another round; /proc files say 0.
  std::size_t room = info.st_size > 0 ? static_cast<std::size_t>(info.st_size) + 1 : 4096;
  std::size_t used = 0;
  for (;;) {
    content.resize(used + room);
    const std::size_t got = read_some(fd, {content.data() + used, room}, path);
    used += got;
    if (got == 0) break;
    expect_within(used, limit, path);
    room = std::max<std::size_t>(room - got, 4096);
  }
  content.resize(used);
  return content;
}

}  // namespace

std::string read_file(const std::string& path, std::size_t limit) {
  return read_rest(open_file(path, O_RDONLY).get(), path, limit);
}

std::optional<std::string> read_file_if_exists(const std::string& path, std::size_t limit) {
  const std::optional<UniqueFd> fd = open_if_exists(path, O_RDONLY);
  if (!fd) return std::nullopt;
  return read_rest(fd->get(), path, limit);
}

void sync_fd(int fd, const std::string& path) {
  int result = 0;
  do result = ::fsync(fd);
  while (result != 0 && errno == EINTR);
  if (result != 0) throw_errno("sync", path);
}

void sync_file(const std::string& path) { sync_fd(open_file(path, O_RDONLY).get(), path); }

void sync_directory(const std::string& path) {
  const UniqueFd fd = open_file(path, O_RDONLY | O_DIRECTORY);
  // Some file systems cannot sync a directory and say so (PostgreSQL lets these two pass as well).
  if (::fsync(fd.get()) != 0 && errno != EINVAL && errno != EBADF) throw_errno("sync", path);
}

std::string parent_directory(const std::string& path) {
  const std::size_t last = path.find_last_not_of('/');
  if (last == std::string::npos) return path.empty() ? "." : "/";
  const std::size_t slash = path.rfind('/', last);
  if (slash == std::string::npos) return ".";
  const std::size_t end = path.find_last_not_of('/', slash);
  return end == std::string::npos ? "/" : path.substr(0, end + 1);
}

namespace {

std::optional<struct ::stat> examine(const std::string& path, int flags) {
  struct ::stat info {};
  if (::fstatat(AT_FDCWD, path.c_str(), &info, flags) == 0) return info;
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  throw_errno("examine", path);
}

}  // namespace

std::optional<struct ::stat> stat_if_exists(const std::string& path) { return examine(path, 0); }
std::optional<struct ::stat> lstat_if_exists(const std::string& path) { return examine(path, AT_SYMLINK_NOFOLLOW); }
bool exists(const std::string& path) { return stat_if_exists(path).has_value(); }

bool is_directory(const std::string& path) {
  const auto info = stat_if_exists(path);
  return info && S_ISDIR(info->st_mode);
}

bool is_regular_file(const std::string& path) {
  const auto info = stat_if_exists(path);
  return info && S_ISREG(info->st_mode);
}

double mtime_seconds(const struct ::stat& info) {
  return static_cast<double>(info.st_mtim.tv_sec) + 1e-9 * static_cast<double>(info.st_mtim.tv_nsec);
}

void make_directories(const std::string& path, mode_t mode) {
  if (path.empty() || ::mkdir(path.c_str(), mode) == 0) return;
  if (errno == ENOENT) {
    const std::string parent = parent_directory(path);
    if (parent == path) throw_errno("create directory", path, ENOENT);
    make_directories(parent, mode);
    if (::mkdir(path.c_str(), mode) == 0) return;
  }
  const int error = errno;
  if (error == EEXIST && is_directory(path)) return;
  throw_errno("create directory", path, error);
}

void rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    const int error = errno;
    throw_errno(fmt::format("rename '{}' to", from), to, error);
  }
}

bool remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  throw_errno("remove", path);
}

void make_symlink(const std::string& target, const std::string& link) {
  if (::symlink(target.c_str(), link.c_str()) != 0) throw_errno("create symbolic link", link);
}

void copy_file(const std::string& from, const std::string& to) {
  const UniqueFd source = open_file(from, O_RDONLY);
  struct ::stat info {};
  if (::fstat(source.get(), &info) != 0) throw_errno("examine", from);
  const UniqueFd target = open_file(to, O_WRONLY | O_CREAT | O_EXCL, 0600);
  OnExit discard([&] { ::unlink(to.c_str()); });
  if (!copy_in_kernel(source.get(), target.get())) copy_rest(source.get(), from, target.get(), to);
  if (::fchmod(target.get(), info.st_mode & 07777) != 0) throw_errno("set mode of", to);
  const timespec times[2] = {info.st_atim, info.st_mtim};
  if (::futimens(target.get(), times) != 0) throw_errno("set times of", to);
  discard.dismiss();
}

// Hidden and ending in .tmp: neither Barman's nor our own listings of the directory see it.
std::string temporary_name_for(const std::string& path) {
  return in_directory(parent_directory(path),
                      fmt::format(".{}.{}{}", name_within(base_name(path)), random_hex(), suffix));
}

void remove_abandoned_replacements(const std::string& directory,
                                   const std::function<bool(std::string_view)>& is_wanted) {
  for (const std::string& file : list_directory_if_exists(directory))
    if (const std::string_view name = name_behind(file); !name.empty() && is_wanted(name))
      remove_if_abandoned(in_directory(directory, file));
}

void remove_abandoned_replacements(const std::string& path) {
  const std::string name(name_within(base_name(path)));
  remove_abandoned_replacements(parent_directory(path), [&](std::string_view each) { return each == name; });
}

void remove_durably(const std::string& path) {
  remove_abandoned_replacements(path);
  if (remove_file(path)) sync_directory(parent_directory(path));
}

void replace_file(const std::string& path, std::string_view bytes, mode_t mode) {
  FileReplacement replacement(path, mode);
  replacement.write(bytes);
  replacement.commit();
}

FileReplacement::FileReplacement(std::string path, mode_t mode) : path_(std::move(path)) {
  remove_abandoned_replacements(path_);
  struct ::stat info {};
  do {  // again if somebody took it for abandoned before it was locked
    temporary_ = temporary_name_for(path_);
    fd_ = open_file(temporary_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    lock(fd_.get(), LOCK_EX);  // where there are no locks nobody takes it for abandoned either
    if (::fstat(fd_.get(), &info) != 0) throw_errno("examine", temporary_);
  } while (info.st_nlink == 0);
}

FileReplacement::~FileReplacement() {
  if (fd_) ::unlink(temporary_.c_str());
}

void FileReplacement::write(std::string_view bytes) { write_all(fd_.get(), bytes, temporary_); }

void FileReplacement::publish() {
  rename_file(temporary_, path_);
  fd_.reset();
}

void FileReplacement::commit() {
  sync_fd(fd_.get(), temporary_);
  publish();
  sync_directory(parent_directory(path_));
}

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
