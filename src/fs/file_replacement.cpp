#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "file_private.h"

namespace barman::fs {
namespace {

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

}  // namespace

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

void FileReplacement::commit() {
  sync_fd(fd_.get(), temporary_);
  rename_file(temporary_, path_);
  fd_.reset();
  sync_directory(parent_directory(path_));
}

}  // namespace barman::fs
