#include "base_copy.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/copy/smart_copy.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/fs/rsync.h"
#include "unpack.h"

namespace barman::restore {

namespace {

constexpr mode_t private_directory = 0700;
constexpr mode_t public_directory = 0755;

// Where a tree of the backup (base/{ID}, or what was unpacked from it) has its parts.
struct Tree {
  std::string data;
  std::vector<std::string> tablespaces;  // in the order of PlacedTablespace
};

Tree catalogue_tree(const catalog::BackupInfo& backup, const std::vector<PlacedTablespace>& tablespaces,
                    const catalog::BackupCatalog& backups) {
  Tree tree{.data = backups.data_directory(backup.backup_id), .tablespaces = {}};
  for (const PlacedTablespace& tablespace : tablespaces)
    tree.tablespaces.push_back(backups.tablespace_directory(backup.backup_id, tablespace.oid));
  return tree;
}

void prepare_directory(fs::Host& host, const std::string& path) {
  host.make_directories(path, private_directory);
  host.check_writable(path);
}

void prepare_destinations(const RestoreRequest& request, const std::vector<PlacedTablespace>& tablespaces,
                          fs::Host& host) {
  prepare_directory(host, request.destination);
  for (const PlacedTablespace& tablespace : tablespaces) {
    try {
      prepare_directory(host, tablespace.location);
    } catch (const Error& error) {
      throw Error(error.code(),
                  fmt::format("unable to prepare '{}' tablespace (destination '{}'): {}", tablespace.name,
                              tablespace.location, error.what()),
                  relocation_hint(tablespace));
    }
  }
}

// Entries that were there before the restore: never deleted, never looked into.
void protect_existing(copy::Item& item, fs::Host& host, bool delta) {
  if (delta) return;
  for (const std::string& name : host.list(item.destination)) item.exclude_and_protect.push_back("/" + name);
}

std::vector<copy::Item> copy_items(const RestoreRequest& request, const std::vector<PlacedTablespace>& tablespaces,
                                   const Tree& tree, const Collaborators& with) {
  std::vector<copy::Item> items;
  copy::Item data;
  data.label = "pgdata";
  data.source = tree.data;
  data.destination = request.destination;
  data.bandwidth_limit = request.bandwidth_limit;
  data.exclude = {"/pg_log/*",       "/log/*",         "/pg_xlog/*",     "/pg_wal/*",
                  "/postmaster.pid", "/recovery.conf", "/tablespace_map"};
  protect_existing(data, with.target_host, request.delta);
  for (std::size_t i = 0; i < tablespaces.size(); ++i) {
    copy::Item item;
    item.label = tablespaces[i].name;
    item.source = tree.tablespaces[i];
    item.destination = tablespaces[i].location;
    const auto limit = with.config.tablespace_bandwidth_limit.find(tablespaces[i].name);
    item.bandwidth_limit =
        limit == with.config.tablespace_bandwidth_limit.end() ? request.bandwidth_limit : limit->second;
    protect_existing(item, with.target_host, request.delta);
    items.push_back(std::move(item));
    const std::string inside = pattern_below(request.destination, tablespaces[i].location);
    if (!inside.empty()) data.exclude_and_protect.push_back(inside);
    data.exclude_and_protect.push_back(fmt::format("/pg_tblspc/{}", tablespaces[i].oid));
  }
  items.push_back(std::move(data));
  return items;
}

void copy_tree(const RestoreRequest& request, const std::vector<PlacedTablespace>& tablespaces, const Tree& tree,
               const std::optional<Timestamp>& safe_horizon, std::int64_t expected_bytes, const Collaborators& with) {
  copy::Request copying;
  copying.items = copy_items(request, tablespaces, tree, with);
  copying.source_is_remote_end = false;
  copying.safe_horizon = safe_horizon;
  copying.network_compression = request.network_compression;
  copying.jobs = request.jobs;
  copying.jobs_start_batch_size = request.jobs_start_batch_size;
  copying.jobs_start_batch_period = request.jobs_start_batch_period;
  copying.retry = request.retry;
  copying.expected_bytes = expected_bytes;
  copy::smart_copy(copying, with.local, with.target_host, with.progress);
}

// Unpacks on `host` what `packed` holds straight into the places of `tree`.
void unpack_tree(const PackedBackup& packed, const Tree& tree, const std::vector<PlacedTablespace>& tablespaces,
                 fs::Host& host, Progress& progress) {
  const Waiting waiting(progress, "unpacking the backup");
  for (std::size_t i = 0; i < tablespaces.size(); ++i) {
    host.make_directories(tree.tablespaces[i], private_directory);
    unpack(packed, packed.tablespace_archive(tablespaces[i].oid), tree.tablespaces[i], {}, host);
  }
  host.make_directories(tree.data, private_directory);
  unpack(packed, packed.base_archive(), tree.data, {"recovery.conf", "tablespace_map"}, host);
}

Tree destination_tree(const RestoreRequest& request, const std::vector<PlacedTablespace>& tablespaces) {
  Tree tree{.data = request.destination, .tablespaces = {}};
  for (const PlacedTablespace& tablespace : tablespaces) tree.tablespaces.push_back(tablespace.location);
  return tree;
}

// A work area that nobody else can have prepared: a new directory of mode 0700 with a name that cannot be guessed,
// removed at the end.
class StagingDirectory {
 public:
  StagingDirectory(const RestoreRequest& request, std::string_view purpose, fs::Host& host) : host_(host) {
    const std::string parent = request.staging_path.value_or("/tmp");
    host.make_directories(parent, private_directory);
    const exec::Command command({"mktemp", "-d", "--", fmt::format("{}/barman-{}-XXXXXXXXXX", parent, purpose)},
                                exec::Limits::within(host.patience()));
    const exec::Outcome outcome =
        exec::run_checked(host.runner(), command, fmt::format("cannot make a work area in '{}'", parent));
    const std::string_view said = trim(outcome.out);
    path_ = said.substr(said.rfind('\n') + 1);  // what a login shell may say comes before
    if (!path_.starts_with(parent))
      throw Error(Errc::io, fmt::format("cannot make a work area in '{}': mktemp answered '{}'", parent, path_));
  }
  StagingDirectory(const StagingDirectory&) = delete;
  StagingDirectory& operator=(const StagingDirectory&) = delete;
  ~StagingDirectory() {
    try {
      host_.remove_tree(path_);
    } catch (const std::exception& error) {
      log::warning("barman.restore", "{}", error.what());
    }
  }
  const std::string& path() const { return path_; }

 private:
  fs::Host& host_;
  std::string path_;
};

void copy_file_to(fs::Host& host, exec::Runner& local, const std::string& source, const std::string& destination) {
  fs::run_rsync(local, fs::rsync_command({}, host, source, host.rsync_path(destination)));
}

// Compressed backup, destination here: no staging needed.
void unpack_here(const RestoreRequest& request, const PackedBackup& packed,
                 const std::vector<PlacedTablespace>& tablespaces, const Collaborators& with) {
  unpack_tree(packed, destination_tree(request, tablespaces), tablespaces, with.target_host, with.progress);
}

// Compressed backup, unpacked in the staging directory of this host, then copied.
void unpack_then_copy(const RestoreRequest& request, const PackedBackup& packed,
                      const std::vector<PlacedTablespace>& tablespaces, const std::optional<Timestamp>& safe_horizon,
                      std::int64_t expected_bytes, const Collaborators& with) {
  const StagingDirectory work_area(request, "decompress", with.local_host);
  const std::string& staging = work_area.path();
  Tree tree{.data = staging + "/data", .tablespaces = {}};
  for (const PlacedTablespace& tablespace : tablespaces)
    tree.tablespaces.push_back(fmt::format("{}/{}", staging, tablespace.oid));
  unpack_tree(packed, tree, tablespaces, with.local_host, with.progress);
  copy_file_to(with.local_host, with.local, packed.manifest(), tree.data + "/backup_manifest");
  copy_tree(request, tablespaces, tree, safe_horizon, expected_bytes, with);
}

// Compressed backup, copied as it is to a staging directory of the target host and unpacked there.
void copy_then_unpack(const RestoreRequest& request, const PackedBackup& packed,
                      const std::vector<PlacedTablespace>& tablespaces, const Collaborators& with) {
  fs::Host& host = with.target_host;
  const StagingDirectory work_area(request, "rsync-copy", host);
  const std::string& staging = work_area.path();
  fs::RsyncOptions options;
  options.network_compression = request.network_compression;
  options.bandwidth_limit = static_cast<int>(request.bandwidth_limit);
  {
    const Waiting waiting(with.progress, "copying the compressed backup");
    fs::run_rsync(with.local,
                  fs::rsync_command(options, host, packed.directory() + "/", host.rsync_path(staging + "/")));
  }
  const PackedBackup there(staging, packed.compression(), host.list(staging));
  unpack_tree(there, destination_tree(request, tablespaces), tablespaces, host, with.progress);
}

void link_tablespaces(const RestoreRequest& request, const std::vector<PlacedTablespace>& tablespaces,
                      const Collaborators& with) {
  // PostgreSQL has it also without tablespaces, and a backup may have lost what is empty.
  const std::string links = request.destination + "/pg_tblspc";
  with.target_host.make_directories(links, public_directory);
  for (const PlacedTablespace& tablespace : tablespaces) {
    with.target_host.symlink(tablespace.location, fmt::format("{}/{}", links, tablespace.oid));
    with.notifier.info(fmt::format("\t{}, {}, {}", tablespace.oid, tablespace.name, tablespace.location));
  }
}

}  // namespace

void place_base_backup(const RestoreRequest& request, const catalog::BackupInfo& backup,
                       const std::vector<PlacedTablespace>& tablespaces, const std::optional<Timestamp>& safe_horizon,
                       const Collaborators& with) {
  const Tree source = catalogue_tree(backup, tablespaces, with.backups);
  std::optional<PackedBackup> packed;
  if (backup.compression) packed.emplace(source.data, *backup.compression, fs::list_directory(source.data));

  prepare_destinations(request, tablespaces, with.target_host);
  try {
    if (!packed)
      copy_tree(request, tablespaces, source, safe_horizon, backup.size.value_or(0), with);
    else if (!with.target_host.is_remote() && !request.delta)
      unpack_here(request, *packed, tablespaces, with);
    else if (request.staging_location == config::StagingLocation::remote)
      copy_then_unpack(request, *packed, tablespaces, with);
    else
      unpack_then_copy(request, *packed, tablespaces, safe_horizon, backup.cluster_size.value_or(0), with);
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("Failure copying base backup: {}", error.what()), error.hint());
  }
  link_tablespaces(request, tablespaces, with);
}

}  // namespace barman::restore
