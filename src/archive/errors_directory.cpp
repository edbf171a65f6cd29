#include "barman/archive/errors_directory.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>

#include "barman/core/error.h"
#include "barman/core/time.h"
#include "barman/fs/file.h"

namespace barman::archive {

namespace {

void copy_across(const std::string& from, const std::string& to) {
  const auto info = fs::lstat_if_exists(from);
  if (!info || !S_ISREG(info->st_mode))
    throw Error(Errc::io,
                fmt::format("cannot move '{}' to '{}': it is on another file system and not a regular file", from, to),
                "move it away by hand");
  fs::copy_file(from, to);
  fs::sync_file(to);
}

// A second name of the same file.
std::optional<std::string> kept_before(const std::string& path, const std::string& errors_directory,
                                       std::string_view name, std::string_view suffix) {
  const auto info = fs::lstat_if_exists(path);
  if (!info || info->st_nlink < 2) return std::nullopt;
  for (const std::string& each : fs::list_directory(errors_directory)) {
    if (!each.starts_with(name) || !each.ends_with(suffix)) continue;
    const std::string candidate = errors_directory + '/' + each;
    const auto found = fs::lstat_if_exists(candidate);
    if (found && found->st_ino == info->st_ino && found->st_dev == info->st_dev) return candidate;
  }
  return std::nullopt;
}

std::string stamped(const std::string& errors_directory, std::string_view name, Timestamp stamp,
                    std::string_view suffix) {
  return fmt::format("{}/{}.{}.{}", errors_directory, name, to_utc_stamp(stamp), suffix);
}

}  // namespace

std::string keep_in_errors(const std::string& path, const std::string& errors_directory, std::string_view name,
                           std::string_view suffix) {
  fs::make_directories(errors_directory);
  if (const auto before = kept_before(path, errors_directory, name, suffix)) {
    fs::sync_directory(errors_directory);
    return *before;
  }
  std::string target;
  bool unable = false;
  for (Timestamp stamp = now();; stamp = stamp + std::chrono::seconds(1)) {
    target = stamped(errors_directory, name, stamp, suffix);
    if (link_to_free_name(path, target, unable)) break;
    if (unable && !fs::lstat_if_exists(target)) {
      copy_across(path, target);
      break;
    }
  }
  fs::sync_directory(errors_directory);
  return target;
}

ErrorsDirectory::ErrorsDirectory(std::string path) : path_(std::move(path)) { fs::make_directories(path_); }

std::string ErrorsDirectory::take(const std::string& path, std::string_view name, std::string_view suffix) {
  std::string target;
  bool crossed = false;
  for (Timestamp stamp = now();; stamp = stamp + std::chrono::seconds(1)) {
    target = stamped(path_, name, stamp, suffix);
    if (rename_to_free_name(path, target, &crossed)) break;
    if (crossed && !fs::lstat_if_exists(target)) {
      copy_across(path, target);
      copied_.push_back(path);
      break;
    }
  }
  sources_.insert(fs::parent_directory(path));
  return target;
}

void ErrorsDirectory::settle() {
  fs::sync_directory(path_);
  for (const std::string& path : copied_) fs::remove_file(path);
  for (const std::string& directory : sources_) fs::sync_directory(directory);
  copied_.clear();
  sources_.clear();
}

std::string move_to_errors(const std::string& path, const std::string& errors_directory, std::string_view name,
                           std::string_view suffix) {
  ErrorsDirectory errors(errors_directory);
  std::string target = errors.take(path, name, suffix);
  errors.settle();
  return target;
}

bool rename_to_free_name(const std::string& from, const std::string& to, bool* crossed) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  int reason = errno;
  if (reason == EEXIST) return false;
  if (reason == EINVAL || reason == ENOSYS) {  // a file system without the flag: our locks keep others away
    if (fs::lstat_if_exists(to)) return false;
    if (::rename(from.c_str(), to.c_str()) == 0) return true;
    reason = errno;
  }
  if (reason == EXDEV && crossed) {
    *crossed = true;
    return false;
  }
  throw_errno(fmt::format("rename to '{}' the file", to), from, reason);
}

bool link_to_free_name(const std::string& from, const std::string& to, bool& unable) {
  if (::link(from.c_str(), to.c_str()) == 0) return true;
  switch (errno) {
    case EEXIST:
      return false;
    case EXDEV:
    case EPERM:
    case EMLINK:
    case ENOSYS:
    case EOPNOTSUPP:
      unable = true;
      return false;
    default:
      throw_errno(fmt::format("link to '{}' the file", to), from);
  }
}

}  // namespace barman::archive
