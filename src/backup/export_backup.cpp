#include "barman/backup/export_backup.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <map>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/identity.h"
#include "barman/core/error.h"
#include "barman/core/on_exit.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/core/time.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"
#include "barman/wal/segment.h"
#include "export_format.h"
#include "tarball.h"

namespace barman::backup {
namespace {

using codec::Algorithm;

[[noreturn]] void refuse(const std::string& text, std::string hint = {}) {
  throw Error(Errc::refused, text, std::move(hint));
}

void check_backup_state(const ExportRequest& request, const catalog::BackupInfo& backup, const std::string& server) {
  if (backup.type() == catalog::BackupType::incremental)
    refuse(
        fmt::format("Cannot export backup {} from server {}: it is an incremental backup.\nOnly full backups are "
                    "eligible for exporting.",
                    backup.backup_id, server));
  if (backup.status != catalog::BackupStatus::done)
    refuse(fmt::format("Cannot export backup '{}' from server '{}': backup status is '{}', expected 'DONE'",
                       request.argument, server, backup.status_text));
}

void check_directory(const std::string& directory) {
  const auto info = fs::stat_if_exists(directory);
  if (!info) refuse(fmt::format("Output directory '{}' does not exist", directory));
  if (!S_ISDIR(info->st_mode)) refuse(fmt::format("Output directory '{}' is not a directory", directory));
  if (::access(directory.c_str(), W_OK | X_OK) != 0)
    refuse(fmt::format("Output directory '{}' does not have the required write and execute permissions", directory));
}

void check_level(const ExportRequest& request) {
  if (!request.level) return;
  if (!request.compression) refuse("--compression-level requires --compression to be set");
  constexpr std::int64_t highest = 9;
  const std::int64_t lowest = *request.compression == Algorithm::xz ? 0 : 1;
  if (*request.level >= lowest && *request.level <= highest) return;
  std::vector<std::string> valid;
  for (std::int64_t level = lowest; level <= highest; ++level) valid.push_back(std::to_string(level));
  refuse(fmt::format("Invalid compression level '{}' for algorithm '{}'. Valid levels are: {}", *request.level,
                     codec::name(*request.compression), join(valid, ", ")));
}

// Unasked, with the level that the command-line tools take.
codec::Recipe recipe_of(const ExportRequest& request) {
  if (!request.compression) return {};
  const int unasked = *request.compression == Algorithm::bzip2 ? 9 : 6;
  return {{.algorithm = *request.compression, .preset = static_cast<int>(request.level.value_or(unasked))}};
}

struct RequiredWal {
  std::string name, line;
};

// With their lines of the index; every one has its line and its file.
std::vector<RequiredWal> find_wal(const catalog::BackupInfo& backup, ServerContext& server) {
  std::map<std::string, std::string, std::less<>> lines;
  for (std::string& name : required_wal(backup)) lines.emplace(std::move(name), "");
  server.archive().index().for_each([&](const catalog::WalEntryView& entry) {
    if (const auto found = lines.find(entry.name); found != lines.end()) found->second = entry.line;
    return true;
  });
  std::vector<RequiredWal> required;
  for (auto& [name, line] : lines) {
    if (line.empty())
      throw Error(Errc::not_found,
                  fmt::format("WAL file required for backup consistency not found in xlog.db for "
                              "backup '{}': {}",
                              backup.backup_id, name),
                  fmt::format("barman rebuild-xlogdb {} lists every archived file", server.config().name));
    if (!server.archive().holds(name))
      throw Error(Errc::not_found, fmt::format("WAL file required for backup consistency not found for backup '{}': {}",
                                               backup.backup_id, name));
    required.push_back({name, std::move(line)});
  }
  return required;
}

struct ::stat examine(const std::string& path) {
  const auto info = fs::lstat_if_exists(path);
  if (!info) throw_errno("examine", path, ENOENT);
  return *info;
}

// Of the files that go into the tarball; 0: not known.
std::int64_t total_size(const catalog::BackupInfo& backup, const std::vector<RequiredWal>& required,
                        const archive::WalArchive& archive) {
  if (!backup.size) return 0;
  std::int64_t size = *backup.size;
  for (const RequiredWal& wal : required) size += examine(archive.location(wal.name)).st_size;
  return size;
}

void add_tree(const std::string& directory, Tarball& tarball) {
  tarball.add("backup", directory, examine(directory));
  fs::walk(directory, [&](const fs::Entry& entry) {
    signals::throw_if_pending();
    const bool link = S_ISLNK(entry.info.st_mode) && is_tablespace_link(entry.relative);
    if (!S_ISREG(entry.info.st_mode) && !S_ISDIR(entry.info.st_mode) && !link)
      refuse(fmt::format("Cannot export '{}': it is neither a file nor a directory, and import-backup would refuse it",
                         entry.path),
             "replace a link by what it leads to; remove anything else that PostgreSQL does not need");
    tarball.add("backup/" + entry.relative, entry.path, entry.info);
  });
}

// Increments stay behind: an imported entry that lists them would be a torn chain there.
std::string entry_alone(catalog::BackupInfo backup) {
  backup.children_backup_ids.reset();
  return serialize(backup);
}

void add_wal(const std::vector<RequiredWal>& required, const archive::WalArchive& archive, Tarball& tarball) {
  std::string index;
  for (const RequiredWal& wal : required) {
    const std::string path = archive.location(wal.name);
    tarball.add("wals/" + archive_path(wal.name).value(), path, examine(path));
    index += wal.line + '\n';
  }
  struct ::stat info {};
  info.st_mode = 0600;
  info.st_uid = ::geteuid();
  info.st_gid = ::getegid();
  info.st_mtim.tv_sec = std::time(nullptr);
  tarball.add_text("xlog.db", index, &info);
}

}  // namespace

void export_backup(const ExportRequest& request, ServerContext& server,
                   const std::function<std::string()>& describe_host, Progress& progress) {
  const std::string& server_name = server.config().name;
  const catalog::BackupInfo* backup = server.backups().find(request.id);
  if (backup == nullptr)
    throw Error(Errc::not_found, fmt::format("Unknown backup '{}' for server '{}'", request.id, server_name));
  check_backup_state(request, *backup, server_name);
  check_directory(request.directory);
  check_level(request);

  server.notifier().info(
      fmt::format("Exporting backup '{}' from server '{}' to '{}'", request.argument, server_name, request.directory));
  const auto lock = fs::LockFile::try_acquire(server.locks().backup_id(request.id));
  if (!lock)
    throw Error(Errc::lock_busy,
                fmt::format("Another backup operation is already running on backup '{}' for server '{}'", request.id,
                            server_name));
  if (server.backups().elsewhere() || server.config().keeps_wal_in_store())
    throw Error(Errc::unsupported, "Backup export is not supported for cloud storage");
  if (!catalog::read_identity(server.config().backup_directory))
    refuse(
        fmt::format("No identity file found for server '{}'. The identity file is required to validate the backup "
                    "during import.",
                    server_name));
  const std::vector<RequiredWal> required = find_wal(*backup, server);

  const std::string slash = request.directory.ends_with('/') ? "" : "/";
  const std::string stamp = to_backup_id(Timestamp{now().micros, 0});
  const std::string stem = request.directory + slash + tarball_stem(server_name, request.id, stamp);
  const OnExit clear([&] { progress.finish(); });
  progress.start("", total_size(*backup, required, server.archive()));
  Tarball tarball(stem + ".tmp", recipe_of(request), progress);
  tarball.add_text("identity.json", trim(fs::read_file(server.config().backup_directory + "/identity.json")));
  const std::string info_path = server.backups().readable_info_path(request.id);
  const struct ::stat info = examine(info_path);
  if (backup->children_backup_ids)
    tarball.add_text("backup.info", entry_alone(*backup), &info);
  else
    tarball.add("backup.info", info_path, info);
  tarball.add_text("barman.json", describe_host());
  add_tree(server.backups().base_directory(request.id), tarball);
  add_wal(required, server.archive(), tarball);
  const std::string name =
      fmt::format("{}-{}{}", stem, tarball.finish().substr(0, tarball_digits), tarball_extension(request.compression));
  tarball.commit(name);
  server.notifier().info(fmt::format("Export completed successfully: {}", name));
}

}  // namespace barman::backup
