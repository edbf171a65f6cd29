#include "barman/fs/scratch.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <string_view>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"

namespace barman::fs {
namespace {

constexpr std::string_view logger = "barman.fs";
constexpr std::string_view prefix = "barman-scratch-", random_part = "XXXXXX";  // of mkdtemp()
constexpr mode_t private_directory = 0700, private_file = 0600, permissions = 07777;

bool is_scratch_name(std::string_view name) {
  const auto is_random = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  };
  return name.size() == prefix.size() + random_part.size() && name.starts_with(prefix) &&
         std::ranges::all_of(name.substr(prefix.size()), is_random);
}

UniqueFd open_directory(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

bool still_named(int fd, const std::string& path) {
  struct ::stat held {
  }, named{};
  return ::fstat(fd, &held) == 0 && ::lstat(path.c_str(), &named) == 0 && held.st_dev == named.st_dev &&
         held.st_ino == named.st_ino;
}

bool is_ours(int fd) {
  struct ::stat info {};
  return ::fstat(fd, &info) == 0 && info.st_uid == ::geteuid() && (info.st_mode & permissions) == private_directory;
}

bool lock_now(int fd) {
  int result = 0;
  do result = ::flock(fd, LOCK_EX | LOCK_NB);
  while (result != 0 && errno == EINTR);
  return result == 0;
}

void remove_if_abandoned(const std::string& path) {
  const UniqueFd directory = open_directory(path);
  if (!directory || !is_ours(directory.get()) || !lock_now(directory.get()) || !still_named(directory.get(), path))
    return;
  log::info(logger, "removing '{}', which a process left that was killed", path);
  remove_tree(path);
}

// Until it has its lock, another process may take it for one that was left.
UniqueFd hold(const std::string& path) {
  UniqueFd directory = open_directory(path);
  if (!directory) {
    if (errno == ENOENT) return {};
    throw_errno("open directory", path);
  }
  // On a file system without locks nobody can have it, and nobody removes it.
  if (!lock_now(directory.get()) && errno == EWOULDBLOCK) return {};
  if (!still_named(directory.get(), path)) return {};
  return directory;
}

}  // namespace

std::string directory_for_temporary_files() {
  const char* chosen = std::getenv("TMPDIR");
  return chosen == nullptr || *chosen == '\0' ? "/tmp" : chosen;
}

UniqueFd open_nameless_file(const std::string& directory) {
  UniqueFd fd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, private_file));
  if (fd) return fd;
  // Not every file system has nameless files.
  std::string path = in_directory(directory, "barman-XXXXXX");
  fd = UniqueFd(::mkostemp(path.data(), O_CLOEXEC));
  if (!fd) throw_errno("create a temporary file in", directory);
  if (::unlink(path.c_str()) != 0) throw_errno("remove", path);
  return fd;
}

ScratchDirectory::ScratchDirectory() {
  constexpr int attempts = 100;
  static std::once_flag cleaned;
  const std::string parent = directory_for_temporary_files();
  std::call_once(cleaned, [&] { remove_abandoned_scratch(parent); });
  for (int attempt = 0; attempt < attempts; ++attempt) {
    path_ = in_directory(parent, std::string(prefix) + std::string(random_part));
    if (::mkdtemp(path_.data()) == nullptr) throw_errno("create temporary directory", path_);
    held_ = hold(path_);
    if (held_) return;
  }
  throw Error(Errc::io, "cannot keep a temporary directory in '" + parent + "': they are removed by somebody",
              "see what cleans up there, or set TMPDIR to another directory");
}

ScratchDirectory::~ScratchDirectory() {
  try {
    remove_tree(path_);
  } catch (const std::exception& error) {  // an interruption as well: this is a destructor
    log::warning(logger, "{}", error.what());
  }
}

void remove_abandoned_scratch(const std::string& parent) {
  try {
    for (const std::string& name : list_directory_if_exists(parent))
      if (is_scratch_name(name)) remove_if_abandoned(in_directory(parent, name));
  } catch (const Error& error) {
    log::warning(logger, "{}", error.what());
  }
}

}  // namespace barman::fs
