#include "barman/catalog/read_entries.h"

#include <ctime>
#include <tuple>

namespace barman::catalog {
namespace {

constexpr std::time_t settled_seconds = 2;  // longer than any tick

auto identity(const struct ::stat& file) {
  return std::tuple(file.st_dev, file.st_ino, file.st_size, file.st_mtim.tv_sec, file.st_mtim.tv_nsec,
                    file.st_ctim.tv_sec, file.st_ctim.tv_nsec);
}

}  // namespace

const BackupInfo* ReadEntries::find(const std::string& path, const struct ::stat& now) const {
  const auto found = entries_.find(path);
  return found != entries_.end() && identity(found->second.file) == identity(now) ? &found->second.info : nullptr;
}

void ReadEntries::keep(const std::string& path, const struct ::stat& before, const BackupInfo& info) {
  if (before.st_ctim.tv_sec + settled_seconds < std::time(nullptr))
    entries_.insert_or_assign(path, Entry{before, info});
}

}  // namespace barman::catalog
