#include "barman/backup/check_backup.h"

#include <fmt/core.h>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/fs/lock_file.h"
#include "barman/wal/segment.h"

namespace barman::backup {
namespace {

using catalog::BackupStatus;

WalVerdict failed(std::string error) { return {BackupStatus::failed, std::move(error)}; }

// The last segment of the timeline that `begin_wal` is on.
std::optional<std::string> newest_of_its_timeline(const archive::WalArchive& archive, const std::string& begin_wal) {
  const auto begin = parse_segment(begin_wal);
  if (!begin) return std::nullopt;
  const auto latest = archive.newest();
  const auto found = latest.find(begin->timeline);
  return found == latest.end() ? std::nullopt : std::optional(found->second);
}

void save_verdict(const WalVerdict& verdict, catalog::BackupInfo info, catalog::BackupCatalog& backups,
                  Notifier& notifier) {
  const std::string before(info.status_text);
  info.set_status(verdict.status);
  if (verdict.status == BackupStatus::failed) info.error = verdict.error;
  backups.save(info);
  if (info.status_text == before)
    notifier.debug(fmt::format("Check finished: the status of backup {} of server {} remains {}", info.backup_id,
                               info.server_name, before));
  else
    notifier.debug(fmt::format("Check finished: the status of backup {} of server {} changed from {} to {}",
                               info.backup_id, info.server_name, before, info.status_text));
  if (verdict.status == BackupStatus::failed)
    notifier.error("This backup has been marked as FAILED due to the following reason: " + verdict.error);
}

SegmentPlace place_of(const archive::WalArchive& archive, const std::string& segment) {
  if (archive.holds(segment)) return SegmentPlace::archive;
  if (archive.queue(archive::Origin::file).holds(segment) || archive.queue(archive::Origin::streaming).holds(segment))
    return SegmentPlace::waiting;
  // It may have been archived between the two looks.
  return archive.holds(segment) ? SegmentPlace::archive : SegmentPlace::nowhere;
}

}  // namespace

std::optional<WalVerdict> judge_wal(const catalog::BackupInfo& backup, const std::optional<std::string>& newest,
                                    const std::function<SegmentPlace(const std::string&)>& place_of) {
  if (!backup.end_wal || !backup.begin_wal) return std::nullopt;
  const auto begin = parse_segment(*backup.begin_wal);
  const auto end = parse_segment(*backup.end_wal);
  if (!begin || !end)
    throw Error(Errc::corrupt, fmt::format("backup {}: '{}' and '{}' are not WAL file names", backup.backup_id,
                                           *backup.begin_wal, *backup.end_wal));
  if (begin->timeline != end->timeline)
    return failed(
        fmt::format("Backups spanning multiple timelines are not supported. The backup starts in timeline {:08X} "
                    "and ends in timeline {:08X}.",
                    begin->timeline, end->timeline));
  if (!newest || *newest < *backup.begin_wal) return WalVerdict{};
  for (Segment segment = *begin; segment <= *end;
       segment = next(segment, static_cast<std::uint64_t>(backup.xlog_segment_size))) {
    const std::string name = to_string(segment);
    if (name > *newest) return WalVerdict{};
    const SegmentPlace place = place_of(name);
    if (place == SegmentPlace::waiting) return WalVerdict{};
    if (place == SegmentPlace::nowhere)
      return failed(fmt::format("At least one WAL file is missing. The first missing WAL file is {}", name));
  }
  return WalVerdict{BackupStatus::done, {}};
}

void check_backup(ServerContext& server, const std::string& id, LockFileAfterwards afterwards) {
  const config::ServerConfig& config = server.config();
  const archive::WalArchive& archive = server.archive();
  catalog::BackupCatalog& backups = server.backups();
  Notifier& notifier = server.notifier();
  const catalog::BackupInfo* info = backups.find(id);
  if (info == nullptr)
    throw Error(Errc::not_found, fmt::format("Unknown backup '{}' for server '{}'", id, config.name));
  if (backups.is_half_deleted(id)) throw backups.half_deleted(id);  // its status must not become DONE again
  if (info->status == BackupStatus::failed)
    throw Error(Errc::refused, "The validity of a failed backup cannot be checked");
  auto lock = fs::LockFile::try_acquire(server.locks().backup_id(id));
  if (!lock) {
    notifier.info(fmt::format("Another process is holding the lock for backup {} of server {}.", id, config.name));
    return;
  }
  if (afterwards == LockFileAfterwards::removed) lock->remove_on_release();
  notifier.debug(fmt::format("Checking backup {} of server {}", id, config.name));
  const auto newest = info->begin_wal ? newest_of_its_timeline(archive, *info->begin_wal) : std::nullopt;
  const auto verdict = judge_wal(*info, newest, [&](const std::string& name) { return place_of(archive, name); });
  if (verdict) save_verdict(*verdict, *info, backups, notifier);
}

}  // namespace barman::backup
