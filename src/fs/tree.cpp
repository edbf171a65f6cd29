#include "barman/fs/tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::fs {
namespace {

// Cheap after syncfs, and reports failures that syncfs did not.
void sync_own_files(const std::string& directory) {
  walk(directory, [](const Entry& entry) {
    if (S_ISREG(entry.info.st_mode) && entry.info.st_nlink == 1) sync_file(entry.path);
    if (S_ISDIR(entry.info.st_mode)) sync_directory(entry.path);
  });
}

}  // namespace

TreeSize measure_tree(const std::string& directory, std::string_view left_out) {
  TreeSize size;
  walk(directory, [&](const Entry& entry) {
    if (!S_ISREG(entry.info.st_mode) || entry.relative == left_out) return;
    size.all += entry.info.st_size;
    if (entry.info.st_nlink == 1) size.own += entry.info.st_size;
  });
  return size;
}

bool syncfs_reports_failures(std::string_view kernel_release) {
  const std::vector<std::string> parts = split(kernel_release, '.');
  if (parts.size() < 2) return false;
  const auto major = parse_decimal(parts[0]);
  const auto minor = parse_decimal(parts[1].substr(0, parts[1].find_first_not_of("0123456789")));
  return major && minor && (*major > 5 || (*major == 5 && *minor >= 8));
}

void sync_tree(const std::string& directory) {
  const UniqueFd fd = open_file(directory, O_RDONLY | O_DIRECTORY);
  if (::syncfs(fd.get()) != 0) throw_errno("sync", directory);
  utsname system{};
  if (::uname(&system) != 0 || !syncfs_reports_failures(system.release)) sync_own_files(directory);
  sync_directory(parent_directory(directory));
}

}  // namespace barman::fs
