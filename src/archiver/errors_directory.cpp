#include "errors_directory.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include "barman/core/error.h"
#include "barman/core/time.h"
#include "barman/fs/file.h"
#include "rename.h"

namespace barman::archiver {
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

}  // namespace

std::string move_to_errors(const std::string& path, const std::string& errors_directory, std::string_view name,
                           std::string_view suffix) {
  fs::make_directories(errors_directory);
  std::string target;
  bool crossed = false;
  for (Timestamp stamp = now();; stamp = stamp + std::chrono::seconds(1)) {
    target = fmt::format("{}/{}.{}.{}", errors_directory, name, to_utc_stamp(stamp), suffix);
    if (rename_to_free_name(path, target, &crossed)) break;
    if (crossed && !fs::lstat_if_exists(target)) {
      copy_across(path, target);
      break;
    }
  }
  fs::sync_directory(errors_directory);
  if (crossed) fs::remove_file(path);
  fs::sync_directory(fs::parent_directory(path));
  return target;
}

}  // namespace barman::archiver
