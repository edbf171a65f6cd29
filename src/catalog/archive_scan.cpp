#include "barman/catalog/xlogdb.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"

namespace barman::catalog {
namespace {

WalEntry stored(const std::string& name, const std::string& path, const struct ::stat& info,
                const DetectStored& detect) {
  WalEntry entry;
  entry.name = name;
  entry.size = info.st_size;
  entry.time = fs::mtime_seconds(info);
  detect(path, entry);
  return entry;
}

}  // namespace

RebuildCounts scan_archive(const config::ServerConfig& config, const DetectStored& detect,
                           const std::function<void(const WalEntry&)>& visit,
                           const std::function<void(const std::string&)>& warn) {
  RebuildCounts counts;
  const auto scan_hash_directory = [&](const std::string& directory) {
    for (const std::string& name : fs::list_directory(directory)) {
      const std::string path = directory + '/' + name;
      const auto kind = parse_wal_name(name);
      const auto info = fs::stat_if_exists(path);
      const bool known = kind && (kind->kind == WalKind::segment || kind->kind == WalKind::backup_label);
      if (!info || !S_ISREG(info->st_mode) || !known) {
        warn(path);
        continue;
      }
      ++(kind->kind == WalKind::segment ? counts.wal_files : counts.backup_labels);
      visit(stored(name, path, *info, detect));
    }
  };
  for (const std::string& name : fs::list_directory_if_exists(config.wals_directory)) {
    const std::string path = config.wals_directory + '/' + name;
    // The index, also at its old place and while it is written.
    if (name.starts_with(config.name + "-xlog.db") || name == "xlog.db") continue;
    if (name.starts_with('.' + config.name + "-xlog.db")) continue;
    const auto info = fs::stat_if_exists(path);
    const auto kind = parse_wal_name(name);
    if (info && S_ISDIR(info->st_mode)) {
      scan_hash_directory(path);
    } else if (info && S_ISREG(info->st_mode) && kind && kind->kind == WalKind::history) {
      ++counts.history;
      visit(stored(name, path, *info, detect));
    } else {
      warn(path);
    }
  }
  return counts;
}

}  // namespace barman::catalog
