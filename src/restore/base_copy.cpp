#include "base_copy.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/copy/smart_copy.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/exec/command.h"
#include "barman/fs/file.h"
#include "barman/fs/rsync.h"

namespace barman::restore {

namespace {

constexpr mode_t private_directory = 0700;
constexpr mode_t public_directory = 0755;

// Where a tree of the backup (base/{ID}, or what was unpacked from it) has its parts.
struct Tree {
  std::string data;
  std::vector<std::string> tablespaces;  // in the order of PlacedTablespace
};

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
                                   const Tree& tree, const RestoreRun& run) {
  std::vector<copy::Item> items;
  copy::Item data;
  data.label = "pgdata";
  data.source = tree.data;
  data.destination = request.destination;
  data.bandwidth_limit = request.bandwidth_limit;
  data.exclude = {"/pg_log/*",       "/log/*",         "/pg_xlog/*",     "/pg_wal/*",
                  "/postmaster.pid", "/recovery.conf", "/tablespace_map"};
  protect_existing(data, run.target_host, request.delta);
  for (std::size_t i = 0; i < tablespaces.size(); ++i) {
    copy::Item item;
    item.label = tablespaces[i].name;
    item.source = tree.tablespaces[i];
    item.destination = tablespaces[i].location;
    const auto limit = run.server.config().tablespace_bandwidth_limit.find(tablespaces[i].name);
    item.bandwidth_limit =
        limit == run.server.config().tablespace_bandwidth_limit.end() ? request.bandwidth_limit : limit->second;
    protect_existing(item, run.target_host, request.delta);
    items.push_back(std::move(item));
    const std::string inside = pattern_below(request.destination, tablespaces[i].location);
    if (!inside.empty()) data.exclude_and_protect.push_back(inside);
    data.exclude_and_protect.push_back(fmt::format("/pg_tblspc/{}", tablespaces[i].oid));
  }
  items.push_back(std::move(data));
  return items;
}

// A work area that no other user can have prepared: a new directory of mode 0700 with a name that cannot be guessed,
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
    path_ = said.substr(said.rfind('\n') + 1);  // after anything that a login shell prints
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

// Carries out the steps of one backup.
class BaseCopy {
 public:
  BaseCopy(const RestoreRequest& request, const catalog::BackupInfo& backup,
           const std::vector<PlacedTablespace>& tablespaces, const std::optional<Timestamp>& safe_horizon,
           const RestoreRun& run)
      : request_(request), backup_(backup), tablespaces_(tablespaces), safe_horizon_(safe_horizon), run_(run) {}

  void run(const Step& step) {
    open_work_area(step.to);
    switch (step.action) {
      case Action::fetch:
        return fetch(step);
      case Action::unpack:
        return unpack(step);
      case Action::copy:
        return copy(step);
    }
  }

 private:
  fs::Host& host_of(Place place) const {
    const bool here = place == Place::catalogue || place == Place::local_work_area;
    return here ? run_.server.local_host() : run_.target_host;
  }

  void open_work_area(Place place) {
    if (place == Place::local_work_area) work_area_.emplace(request_, "decompress", run_.server.local_host());
    if (place == Place::target_work_area) work_area_.emplace(request_, "rsync-copy", run_.target_host);
  }

  // Archives are always in `data`.
  Tree tree_in(Place place) const {
    Tree tree;
    switch (place) {
      case Place::catalogue:
        tree.data = run_.server.backups().data_directory(backup_.backup_id);
        break;
      case Place::local_work_area:
        tree.data = work_area_->path() + "/data";
        break;
      case Place::target_work_area:
        tree.data = work_area_->path();
        break;
      case Place::destination:
        tree.data = request_.destination;
        break;
    }
    for (const PlacedTablespace& tablespace : tablespaces_) tree.tablespaces.push_back(tree_of(tablespace, place));
    return tree;
  }

  std::string tree_of(const PlacedTablespace& tablespace, Place place) const {
    if (place == Place::catalogue) return run_.server.backups().tablespace_directory(backup_.backup_id, tablespace.oid);
    if (place == Place::destination) return tablespace.location;
    return fmt::format("{}/{}", work_area_->path(), tablespace.oid);
  }

  PackedBackup packed_in(Place place) const {
    const std::string directory = tree_in(place).data;
    return {directory, *backup_.compression, host_of(place).list(directory)};
  }

  void fetch(const Step& step) const {
    fs::RsyncOptions options;
    options.network_compression = request_.network_compression;
    options.bandwidth_limit = static_cast<int>(request_.bandwidth_limit);
    fs::Host& host = host_of(step.to);
    const std::string to = host.rsync_path(tree_in(step.to).data + "/");
    const Waiting waiting(run_.progress, "copying the compressed backup");
    fs::run_rsync(run_.server.local(), fs::rsync_command(options, host, tree_in(step.from).data + "/", to));
  }

  void unpack(const Step& step) const {
    fs::Host& host = host_of(step.to);
    const PackedBackup packed = packed_in(step.from);
    const Tree tree = tree_in(step.to);
    {
      const Waiting waiting(run_.progress, "unpacking the backup");
      for (std::size_t i = 0; i < tablespaces_.size(); ++i) {
        host.make_directories(tree.tablespaces[i], private_directory);
        restore::unpack(packed, packed.tablespace_archive(tablespaces_[i].oid), tree.tablespaces[i], {}, host);
      }
      host.make_directories(tree.data, private_directory);
      restore::unpack(packed, packed.base_archive(), tree.data, {"recovery.conf", "tablespace_map"}, host);
    }
    // The manifest is beside the archives, not in them; the copy that follows takes it to the destination.
    if (step.to != Place::local_work_area) return;
    fs::run_rsync(run_.server.local(),
                  fs::rsync_command({}, host, packed.manifest(), host.rsync_path(tree.data + "/backup_manifest")));
  }

  void copy(const Step& step) const {
    copy::Request copying;
    copying.items = copy_items(request_, tablespaces_, tree_in(step.from), run_);
    copying.source_is_remote_end = false;
    copying.safe_horizon = safe_horizon_;
    copying.network_compression = request_.network_compression;
    copying.jobs = request_.jobs;
    copying.jobs_start_batch_size = request_.jobs_start_batch_size;
    copying.jobs_start_batch_period = request_.jobs_start_batch_period;
    copying.retry = request_.retry;
    copying.expected_bytes = (step.from == Place::catalogue ? backup_.size : backup_.cluster_size).value_or(0);
    copy::smart_copy(copying, run_.server.local(), run_.target_host, run_.progress);
  }

  const RestoreRequest& request_;
  const catalog::BackupInfo& backup_;
  const std::vector<PlacedTablespace>& tablespaces_;
  const std::optional<Timestamp>& safe_horizon_;
  const RestoreRun& run_;
  std::optional<StagingDirectory> work_area_;
};

void link_tablespaces(const RestoreRequest& request, const std::vector<PlacedTablespace>& tablespaces,
                      const RestoreRun& run) {
  // PostgreSQL has it also without tablespaces, and a backup may have lost what is empty.
  const std::string links = request.destination + "/pg_tblspc";
  run.target_host.make_directories(links, public_directory);
  for (const PlacedTablespace& tablespace : tablespaces) {
    run.target_host.symlink(tablespace.location, fmt::format("{}/{}", links, tablespace.oid));
    run.server.notifier().info(fmt::format("\t{}, {}, {}", tablespace.oid, tablespace.name, tablespace.location));
  }
}

}  // namespace

PackedBackup::PackedBackup(std::string directory, std::string compression, std::vector<std::string> entries)
    : directory_(std::move(directory)), compression_(std::move(compression)), entries_(std::move(entries)) {
  base_archive();
}

std::string PackedBackup::archive(std::string_view stem) const {
  const std::string start = fmt::format("{}.tar", stem);
  const auto found = std::ranges::find_if(entries_, [&](const std::string& name) {
    return name == start || (name.starts_with(start + ".") && name.find('.', start.size() + 1) == std::string::npos);
  });
  if (found == entries_.end())
    throw Error(Errc::corrupt, fmt::format("no archive {}* in '{}'", start, directory_),
                "the backup is compressed, and this part of it is missing: restore another backup");
  return fmt::format("{}/{}", directory_, *found);
}

std::vector<std::string> tar_argv(std::string_view compression, const std::string& archive,
                                  const std::string& directory, const std::vector<std::string>& exclude) {
  std::vector<std::string> argv = {"tar", "--extract"};
  if (compression == "gzip")
    argv.emplace_back("--gzip");
  else if (compression != "none")
    argv.push_back(fmt::format("--use-compress-program={}", compression));
  argv.insert(argv.end(),
              {fmt::format("--file={}", archive), fmt::format("--directory={}", directory), "--force-local"});
  for (const std::string& pattern : exclude) argv.push_back(fmt::format("--exclude=./{}", pattern));
  for (const std::string& pattern : exclude) argv.push_back(fmt::format("--exclude={}", pattern));
  argv.insert(argv.end(), {"--anchored", "--checkpoint=1000", "--checkpoint-action=dot"});
  return argv;
}

void unpack(const PackedBackup& packed, const std::string& archive, const std::string& directory,
            const std::vector<std::string>& exclude, fs::Host& host) {
  exec::Command command(tar_argv(packed.compression(), archive, directory, exclude),
                        exec::Limits::unless_silent(host.patience()));
  command.on_output_line = [](std::string_view) {};  // only shows that it is alive
  exec::run_checked(host.runner(), command, fmt::format("cannot unpack '{}'", archive));
}

void place_base_backup(const RestoreRequest& request, const catalog::BackupInfo& backup,
                       const std::vector<PlacedTablespace>& tablespaces, const std::optional<Timestamp>& safe_horizon,
                       const RestoreRun& run) {
  const std::vector<Step> steps = plan_steps({&backup}, request, run.target_host.is_remote());
  if (backup.compression) {  // and it has its archives, before anything is touched
    const std::string data = run.server.backups().data_directory(backup.backup_id);
    PackedBackup(data, *backup.compression, fs::list_directory(data)).base_archive();
  }
  prepare_destinations(request, tablespaces, run.target_host);
  try {
    BaseCopy copy(request, backup, tablespaces, safe_horizon, run);
    for (const Step& step : steps) copy.run(step);
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("Failure copying base backup: {}", error.what()), error.hint());
  }
  link_tablespaces(request, tablespaces, run);
}

}  // namespace barman::restore
