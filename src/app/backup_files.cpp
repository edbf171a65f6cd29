#include <fmt/core.h>

#include <algorithm>

#include "barman/app/catalog.h"
#include "barman/archiver/archived_files.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"

namespace barman::app {
namespace {

using Visit = std::function<void(const std::string&)>;

// The files of a directory in order, then its sub-directories as the file system has them, which is how Barman prints
// them; links to directories are neither.
void list_tree(const std::string& directory, bool empty_directories, const Visit& visit) {
  const auto names = fs::list_directory_as_stored(directory);
  if (names.empty() && empty_directories) visit(directory);
  std::vector<std::string> files, subdirectories;
  for (const std::string& name : names) {
    const std::string path = directory + '/' + name;
    const auto info = fs::lstat_if_exists(path);
    if (info && S_ISDIR(info->st_mode))
      subdirectories.push_back(path);
    else if (info && !(S_ISLNK(info->st_mode) && fs::is_directory(path)))
      files.push_back(path);
  }
  std::sort(files.begin(), files.end());
  for (const std::string& path : files) visit(path);
  for (const std::string& path : subdirectories) list_tree(path, empty_directories, visit);
}

// Where base/{ID}/backup.info exists it comes first, and repmgr relies on that.
void list_data(const catalog::BackupCatalog& catalog, const catalog::BackupInfo& backup, bool empty_directories,
               const Visit& visit) {
  const std::string base = catalog.base_directory(backup.backup_id);
  if (fs::is_directory(base)) list_tree(base, empty_directories, visit);
}

void list_required_wal(const config::ServerConfig& config, const catalog::BackupInfo& backup, const Visit& visit) {
  const auto begin = backup.begin_wal ? parse_segment(*backup.begin_wal) : std::nullopt;
  const auto end = backup.end_wal ? parse_segment(*backup.end_wal) : std::nullopt;
  if (!begin || !end || begin->timeline != end->timeline) return;
  const auto segment_size = static_cast<std::uint64_t>(backup.xlog_segment_size);
  for (Segment segment = *begin; segment <= *end; segment = next(segment, segment_size))
    visit(archiver::archived_path(config, to_string(segment)));
}

// Everything that recovery from this backup up to the next one may ask for, and the history files met on the way.
// Parallel deliveries may have put a segment of the window behind one that is beyond it: the whole index is read.
void list_wal_until_next(Server& server, const catalog::BackupInfo& backup, const Visit& visit) {
  if (!backup.begin_wal) return;
  const catalog::BackupInfo* next = server.backups().next(backup);
  const std::optional<std::string> limit = next ? next->end_wal : std::nullopt;
  const auto own = static_cast<std::uint32_t>(backup.timeline.value_or(0));
  const catalog::XlogDb& index = server.xlogdb();
  bool beyond = false;
  index.for_each([&](const catalog::WalEntryView& entry) {
    const auto parsed = parse_wal_name(entry.name);
    const bool history = parsed && parsed->kind == WalKind::history;
    if (!history && entry.name < *backup.begin_wal) return true;
    if (!parsed)
      throw Error(Errc::corrupt, fmt::format("invalid xlog segment name '{}'", entry.name), index.damage_hint());
    if (!history) {
      if (parsed->segment.timeline > own || parsed->kind != WalKind::segment) return true;
      if (limit && entry.name > *limit) {
        beyond = true;
        return true;
      }
    }
    if (!history || !beyond) visit(archiver::archived_path(server.config(), entry.name));
    return true;
  });
}

}  // namespace

void list_files(Server& server, const catalog::BackupInfo& backup, FileTarget target, bool empty_directories,
                const Visit& visit) {
  if (target != FileTarget::wal) list_data(server.backups(), backup, empty_directories, visit);
  if (target == FileTarget::standalone) list_required_wal(server.config(), backup, visit);
  if (target == FileTarget::wal || target == FileTarget::full) list_wal_until_next(server, backup, visit);
}

}  // namespace barman::app
