#include "backup_copy.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <exception>

#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/cloud/backup.h"
#include "barman/cloud/object_removal.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/periodic.h"
#include "barman/fs/lock_file.h"
#include "plan.h"

namespace barman::cloud_copy {
namespace {

using catalog::BackupInfo;
using cloud::FinishedArchive;

constexpr std::string_view logger = "barman.cloud";
constexpr std::uint64_t mebibyte = 1024 * 1024;
// What an interruption costs is at most what of each archive is under way; a backup has a thousand of them at most.
constexpr std::uint64_t least_archive = 1024 * mebibyte, most_archives = 1000;
constexpr std::size_t fewest_jobs = 2;
constexpr std::chrono::seconds between_wal{15};

std::optional<codec::Algorithm> compression_of(const config::ServerConfig& config) {
  if (!config.backup_compression) return codec::Algorithm::zstd;
  if (*config.backup_compression == "none") return std::nullopt;
  return codec::parse_algorithm(*config.backup_compression);
}

cloud::UploadRequest upload_request(const config::ServerConfig& config, const cloud::Layout& layout,
                                    const BackupInfo& backup) {
  cloud::UploadRequest request;
  request.layout = layout;
  request.compression = compression_of(config);
  request.jobs = std::max(fewest_jobs, static_cast<std::size_t>(config.parallel_jobs));
  const auto size = static_cast<std::uint64_t>(std::max<std::int64_t>(0, backup.size.value_or(0)));
  request.max_archive_size = std::min(static_cast<std::uint64_t>(config.cloud_upload_max_archive_size),
                                      std::max(least_archive, size / most_archives));
  if (config.cloud_upload_min_chunk_size)
    request.min_chunk_size = static_cast<std::uint64_t>(*config.cloud_upload_min_chunk_size);
  return request;
}

// What the store has of a backup whose entry is not there.
std::map<std::string, std::uint64_t> stored_archives(const cloud::Place& place, const std::string& id) {
  std::map<std::string, std::uint64_t> found;
  const std::string prefix = place.layout.backup(id);
  store::for_each_object(*place.store, {.prefix = prefix, .delimiter = {}, .start_after = {}},
                         [&](const store::Object& object) {
                           if (cloud::parse_archive_name(std::string_view(object.key).substr(prefix.size())))
                             found.emplace(object.key, object.size);
                         });
  return found;
}

std::map<std::string, std::uint64_t> noted_archives(const Ledger& ledger, const std::string& id) {
  std::map<std::string, std::uint64_t> noted;
  for (const FinishedArchive& archive : ledger.archives(id)) noted.emplace(archive.key, archive.size);
  return noted;
}

std::size_t batch_of(const cloud::Place& place) { return cloud::removal_batch(*place.store, std::nullopt); }

// An archive that is not in the ledger may be one of an earlier attempt, with other members; where one that is has gone
// or changed, somebody else was here, and nothing of what is there can be relied upon.
void keep_only_noted(const cloud::Place& place, Ledger& ledger, const std::string& id) {
  const auto stored = stored_archives(place, id), noted = noted_archives(ledger, id);
  if (!std::ranges::includes(stored, noted)) {
    log::warning(logger, "the archives of backup {} in {} are not those that were sent: sending all of them again", id,
                 place.store->name());
    ledger.forget_archives(id);
  }
  std::vector<std::string> strays;
  const bool all_go = noted_archives(ledger, id).empty();
  for (const auto& [key, size] : stored)
    if (all_go || !noted.contains(key)) strays.push_back(key);
  cloud::remove_objects(*place.store, strays, batch_of(place));
}

void require_all_as_sent(const cloud::Place& place, const Ledger& ledger, const std::string& id) {
  if (stored_archives(place, id) == noted_archives(ledger, id)) return;
  throw Error(Errc::corrupt,
              fmt::format("the archives of backup {} in {} are not those that were sent", id, place.store->name()),
              "somebody else changes objects there: give the copy a place of its own");
}

// Does the work, and copies WAL beside it, so that the copy does not fall behind by the length of an upload.
template <typename Work>
void beside_wal(WalCopy& wal, Work work) {
  std::exception_ptr failure;
  {
    const Periodic copies(between_wal, [&] {
      try {
        wal.copy_all();
        return true;
      } catch (...) {
        failure = std::current_exception();
        return false;
      }
    });
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

void upload(ServerContext& server, const cloud::Place& place, Ledger& ledger, WalCopy& wal, const BackupInfo& backup,
            Progress& progress) {
  const std::string& id = backup.backup_id;
  cloud::UploadRequest request = upload_request(server.config(), place.layout, backup);
  const auto journal =
      ledger.journal(id, request.compression ? std::string(codec::extension(*request.compression)) : "");
  request.journal = journal.get();
  keep_only_noted(place, ledger, id);
  const cloud::FinishedBackup finished{
      .id = id, .directory = server.backups().base_directory(id), .info_path = server.backups().info_path(id)};
  try {
    beside_wal(wal, [&] { cloud::upload_archives(finished, backup, request, *place.store, progress); });
  } catch (const Error& error) {
    if (error.code() == Errc::corrupt) ledger.forget_archives(id);  // continuing would end in the same way
    throw;
  }
  require_all_as_sent(place, ledger, id);
}

std::vector<std::string> children_of(const Ledger& ledger, const std::string& id) {
  std::vector<std::string> children;
  for (const auto& [other, backup] : ledger.backups())
    if (backup.parent_backup_id == id) children.push_back(other);
  return children;
}

}  // namespace

void put_entry(const cloud::Place& place, Ledger& ledger, const std::string& id, const std::string& text) {
  place.store->put(place.layout.backup_info(id), store::Body::of(text), {});
  ledger.put_entry(id, text);
}

void put_keep(const cloud::Place& place, Ledger& ledger, const std::string& id,
              std::optional<catalog::KeepTarget> keep) {
  const std::string key = place.layout.keep(id);
  if (keep)
    place.store->put(key, store::Body::of(*keep == catalog::KeepTarget::standalone ? "standalone" : "full"), {});
  else
    cloud::remove_objects(*place.store, {key}, batch_of(place));
  ledger.put_keep(id, keep);
}

BackupOutcome copy_backup(ServerContext& server, const cloud::Place& place, Ledger& ledger, WalCopy& wal,
                          const std::string& id, Progress& progress) {
  const auto lock = fs::LockFile::try_acquire(server.locks().backup_id(id));
  if (!lock) return BackupOutcome::busy;
  server.backups().reload();  // what was planned without the lock may be out of date
  const BackupInfo* found = server.backups().find(id);
  if (found == nullptr || found->status != catalog::BackupStatus::done || server.backups().is_half_deleted(id))
    return BackupOutcome::gone;
  const BackupInfo backup = *found;
  upload(server, place, ledger, wal, backup, progress);
  if (const auto keep = server.annotations().keep(id)) put_keep(place, ledger, id, keep);
  put_entry(place, ledger, id, copied_entry(backup, children_of(ledger, id)));
  ledger.forget_archives(id);
  if (const auto& parent = backup.parent_backup_id; parent && ledger.holds(*parent))
    put_entry(place, ledger, *parent, copied_entry(ledger.backups().at(*parent), children_of(ledger, *parent)));
  return BackupOutcome::copied;
}

void drop_unfinished(const cloud::Place& place, Ledger& ledger, const std::vector<std::string>& wanted) {
  for (const std::string& id : ledger.unfinished()) {
    if (std::ranges::find(wanted, id) != wanted.end()) continue;
    if (!ledger.holds(id)) {
      log::info(logger, "removing what was copied of backup {}, which is not there any more", id);
      cloud::abort_uploads(*place.store, place.layout, id);
      std::vector<std::string> keys;
      for (const auto& [key, size] : stored_archives(place, id)) keys.push_back(key);
      cloud::remove_objects(*place.store, keys, batch_of(place));
    }
    ledger.forget_archives(id);
  }
}

}  // namespace barman::cloud_copy
