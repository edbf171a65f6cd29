#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>

#include "backup_logger.h"
#include "barman/cloud/restore.h"
#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/on_exit.h"
#include "barman/core/parallel.h"
#include "barman/core/rate_limit.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"
#include "barman/fs/write_behind.h"
#include "barman/tar/reader.h"
#include "restore_destination.h"
#include "restore_download.h"
#include "restore_extract.h"
#include "restore_plan.h"

namespace barman::cloud {
namespace {

constexpr mode_t private_directory = 0700;
// Of all archives that are read at once; with 4 MiB a piece, 48 MiB. Of one that is not compressed only small files
// come in pieces, and large ones over as many connections again.
struct Share {
  std::size_t connections, pieces_in_memory;
};
constexpr Share compressed{6, 12}, plain{4, 7};
constexpr std::size_t chains_at_once = 3;

class Restore {
 public:
  Restore(const RestoreRequest& request, store::ObjectStore& store, Progress& progress, const RestorePlan& plan)
      : request_(request), store_(store), progress_(progress), plan_(plan), rate_(request.bytes_per_second) {}

  void run() {
    at_once_ = std::min(chains_at_once, plan_.chains.size());
    progress_.start("", static_cast<std::int64_t>(plan_.size()));
    run_parallel(
        plan_.chains.size(), at_once_, [this](std::size_t i) { restore(plan_.chains[i]); }, [this] { failed_ = true; });
    require_whole_cluster();
    make_wal_directory();
  }

  // For write_to_disk(): before run(), in destinations that are there.
  void write_behind() {
    for (const ArchiveChain& chain : plan_.chains) on_disk_.emplace_back(chain.destination);
  }

  void link_tablespaces() const {
    for (const RestoredTablespace& tablespace : plan_.tablespaces) link(tablespace);
  }

  void write_to_disk() {
    const Waiting waiting(progress_, "writing the files to disk");
    for (fs::WriteBehind& written : on_disk_) written.finish();
  }

 private:
  const std::string& data() const { return plan_.chains.front().destination; }

  void restore(const ArchiveChain& chain) {
    Extraction extraction(chain.destination);
    for (const StoredArchive& archive : chain.archives) {
      log::info(logger, "Restoring '{}' to '{}'", archive.key, chain.destination);
      extract(archive, extraction);
    }
    extraction.finish();
  }

  void extract(const StoredArchive& archive, Extraction& extraction) {
    const auto arrived = [this](std::size_t bytes) {
      if (failed_) throw Interrupted("another archive could not be restored");
      count(bytes);
    };
    const Share& share = archive.compression ? compressed : plain;
    Download download(store_, archive.key, archive.size,
                      {.connections = std::max<std::size_t>(1, share.connections / at_once_),
                       .ahead = std::max<std::size_t>(1, share.pieces_in_memory / at_once_ - 1),
                       .rate = &rate_,
                       .arrived = arrived});
    const auto fetch = [&](std::span<char> buffer) {
      signals::throw_if_pending();
      return download.read(buffer);
    };
    if (!archive.compression) {
      tar::Reader reader(fetch);
      return extraction.extract(reader, archive.key, &download);
    }
    codec::StreamDecoder decoder(fetch, codec::stored_as(archive.compression), archive.key);
    tar::Reader reader([&](std::span<char> buffer) { return decoder.read(buffer); });
    extraction.extract(reader, archive.key);
  }

  void count(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    done_ += static_cast<std::int64_t>(bytes);
    progress_.update(done_);
  }

  // Without a label PostgreSQL would start from wherever its files were copied, and be damaged in silence. It comes
  // last: an archive that is missing at the end of its row shows here.
  void require_whole_cluster() const {
    for (const char* file : {"backup_label", "global/pg_control"})
      if (!fs::is_regular_file(fmt::format("{}/{}", data(), file)))
        throw Error(Errc::corrupt,
                    fmt::format("the archives of backup {} of server {} hold no {}", request_.backup.backup_id,
                                request_.layout.server, file),
                    "the last of them may be missing in the store; restore another backup");
  }

  // As the data directory is owned.
  void own(const std::string& path) const {
    const auto info = fs::stat_if_exists(data());
    if (::geteuid() != 0 || !info) return;
    if (::lchown(path.c_str(), info->st_uid, info->st_gid) != 0) throw_errno("change the owner of", path);
  }

  void make_directory(const std::string& path) const {
    const auto info = fs::lstat_if_exists(path);
    if (info && S_ISDIR(info->st_mode)) return;
    if (info) throw Error(Errc::corrupt, fmt::format("'{}' is no directory in the backup", path));
    fs::make_directories(path, private_directory);
    own(path);
  }

  void link(const RestoredTablespace& tablespace) const {
    make_directory(data() + "/pg_tblspc");
    const std::string path = fmt::format("{}/pg_tblspc/{}", data(), tablespace.oid);
    if (fs::lstat_if_exists(path)) fs::remove_tree(path);
    fs::make_symlink(tablespace.location, path);
    own(path);
  }

  void make_wal_directory() const {
    make_directory(fmt::format("{}/{}", data(), request_.backup.wal_directory_name()));
  }

  const RestoreRequest& request_;
  store::ObjectStore& store_;
  Progress& progress_;
  const RestorePlan& plan_;
  RateLimit rate_;
  std::deque<fs::WriteBehind> on_disk_;  // of each chain
  std::size_t at_once_ = 1;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;
  std::int64_t done_ = 0;
};

RestorePlan plan_for(const RestoreRequest& request, store::ObjectStore& store) {
  std::vector<store::Object> objects;
  store::for_each_object(store, {.prefix = request.layout.backup(request.backup.backup_id)},
                         [&](const store::Object& object) { objects.push_back(object); });
  return plan_restore(request.backup, request.layout, objects, request.destination, request.relocations);
}

}  // namespace

void restore_backup(const RestoreRequest& request, store::ObjectStore& store, Progress& progress) {
  const RestorePlan plan = plan_for(request, store);
  judge_destinations(plan, request.backup.cluster_size);
  Destinations destinations(plan);
  Restore restore(request, store, progress, plan);
  restore.write_behind();
  restore.run();
  restore.link_tablespaces();
  restore.write_to_disk();
  progress.finish();
  destinations.keep();
}

void require_archives(const RestoreRequest& request, store::ObjectStore& store) { plan_for(request, store); }

void unpack_archives(const RestoreRequest& request, store::ObjectStore& store, Progress& progress) {
  const RestorePlan plan = plan_for(request, store);
  const OnExit clear([&progress] { progress.finish(); });
  Restore(request, store, progress, plan).run();
}

}  // namespace barman::cloud
