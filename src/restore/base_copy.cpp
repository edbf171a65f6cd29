#include "base_copy.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "barman/catalog/backup_catalog.h"
#include "barman/cloud/place.h"
#include "barman/cloud/restore.h"
#include "barman/copy/smart_copy.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/exec/command.h"
#include "barman/fs/file.h"
#include "barman/fs/rsync.h"
#include "combine.h"
#include "content.h"
#include "decrypt.h"
#include "destination.h"
#include "packed_backup.h"

namespace barman::restore {

namespace {

using catalog::BackupInfo;

constexpr mode_t public_directory = 0755;
constexpr std::uint64_t kilobyte = 1024;

// Entries that were there before the restore: never deleted, never looked into.
void protect_existing(copy::Item& item, fs::Host& host, bool delta) {
  if (delta) return;
  for (const std::string& name : host.list(item.destination)) item.exclude_and_protect.push_back("/" + name);
}

// Carries out the steps of one restore.
class BaseCopy {
 public:
  BaseCopy(const RestoreRequest& request, const Chain& chain, const Preparation& preparation,
           const std::vector<PlacedTablespace>& placed, const std::optional<Timestamp>& safe_horizon,
           const RestoreRun& run)
      : request_(request),
        chain_(chain),
        preparation_(preparation),
        safe_horizon_(safe_horizon),
        run_(run),
        content_(request, placed, run) {
    for (const BackupInfo* member : chain) members_.emplace(member->backup_id, Member{member, Place::catalogue});
  }

  void run(const Step& step) {
    Member& member = members_.at(step.backup_id);
    switch (step.action) {
      case Action::download:
        download(*member.backup, step);
        break;
      case Action::fetch:
        fetch(*member.backup, step);
        break;
      case Action::decrypt:
        run_.server.notifier().info(fmt::format("Decrypting files from backup '{}' for server '{}'.", step.backup_id,
                                                run_.server.config().name));
        unpack(*member.backup, step);
        break;
      case Action::unpack:
        unpack(*member.backup, step);
        break;
      case Action::copy:
        copy(*member.backup, step);
        break;
      case Action::combine:
        combine(*member.backup, step);
        break;
    }
    member.place = step.to;
  }

  std::optional<double> seconds_to_combine() const { return seconds_; }

 private:
  struct Member {
    const BackupInfo* backup;
    Place place;
  };

  void download(const BackupInfo& member, const Step& step) {
    const cloud::Place& place = *run_.server.backup_place();
    const Tree to = content_.tree(member, step.to);
    content_.make_tree(to, step.to);
    cloud::RestoreRequest request{place.layout, member, to.data, {}};
    if (request_.limits_everything)
      request.bytes_per_second = static_cast<std::uint64_t>(request_.bandwidth_limit) * kilobyte;
    for (std::size_t i = 0; i < to.tablespaces.size(); ++i)
      request.relocations[tablespaces_of(member)[i].name] = to.tablespaces[i];
    cloud::unpack_archives(request, *place.store, run_.progress);
    if (step.to != Place::destination) link_tablespaces(member, to, content_.host_of(step.to));
  }

  void fetch(const BackupInfo& member, const Step& step) {
    fs::RsyncOptions options;
    options.network_compression = request_.network_compression;
    options.bandwidth_limit = static_cast<int>(request_.bandwidth_limit);
    fs::Host& host = content_.host_of(step.to);
    const std::string to = content_.tree(member, step.to).data;
    content_.make_tree({to, {}}, step.to);
    const Waiting waiting(run_.progress, "copying the compressed backup");
    fs::run_rsync(run_.server.local(), fs::rsync_command(options, host, content_.tree(member, step.from).data + "/",
                                                         host.rsync_path(to + "/")));
  }

  void unpack(const BackupInfo& member, const Step& step) {
    fs::Host& host = content_.host_of(step.to);
    const std::string from = content_.tree(member, step.from).data;
    const PackedBackup packed(from, member, content_.host_of(step.from).list(from));
    const Tree tree = content_.tree(member, step.to);
    content_.make_tree(tree, step.to);
    {
      const Waiting waiting(run_.progress, "unpacking the backup");
      for (std::size_t i = 0; i < tree.tablespaces.size(); ++i)
        unpack_one(packed, packed.tablespace_archive(tablespaces_of(member)[i].oid), tree.tablespaces[i], {}, host);
      unpack_one(packed, packed.base_archive(), tree.data, {"recovery.conf", "tablespace_map"}, host);
    }
    if (step.to != Place::destination) bring_manifest(packed, member, tree, step);
    if (step.from == Place::archives_there) content_.discard(step.from);
  }

  void unpack_one(const PackedBackup& packed, const std::string& archive, const std::string& directory,
                  const std::vector<std::string>& exclude, fs::Host& host) const {
    const bool limited = host.is_remote() ? packed.encrypted() : request_.limits_everything;
    const std::int64_t limit = limited ? request_.bandwidth_limit : 0;
    if (packed.encrypted() || limit > 0)
      unpack_through_pipe(packed, archive, {directory, exclude, host, limit}, run_.server);
    else
      restore::unpack(packed, archive, directory, exclude, host);
  }

  // It is beside the archives, not in them; what follows takes it to the destination, or reads it.
  void bring_manifest(const PackedBackup& packed, const BackupInfo& member, const Tree& tree, const Step& step) {
    fs::Host& host = content_.host_of(step.to);
    const std::string to = tree.data + "/backup_manifest";
    if (step.from == Place::archives_there)
      host.rename(packed.manifest(), to);
    else
      fs::run_rsync(run_.server.local(), fs::rsync_command({}, host, packed.manifest(), host.rsync_path(to)));
    link_tablespaces(member, tree, host);
  }

  void link_tablespaces(const BackupInfo& member, const Tree& tree, fs::Host& host) const {
    if (tree.tablespaces.empty()) return;
    host.make_directories(tree.data + "/pg_tblspc", public_directory);
    for (std::size_t i = 0; i < tree.tablespaces.size(); ++i)
      host.symlink(tree.tablespaces[i], fmt::format("{}/pg_tblspc/{}", tree.data, tablespaces_of(member)[i].oid));
  }

  // A work area gets all that the backup holds: what is left out comes last.
  std::vector<copy::Item> copy_items(const BackupInfo& member, const Tree& from, const Tree& to, bool at_last,
                                     fs::Host& host) const {
    std::vector<copy::Item> items;
    copy::Item data;
    data.label = "pgdata";
    data.source = from.data;
    data.destination = to.data;
    data.bandwidth_limit = request_.bandwidth_limit;
    if (at_last)
      data.exclude = {"/pg_log/*",       "/log/*",         "/pg_xlog/*",     "/pg_wal/*",
                      "/postmaster.pid", "/recovery.conf", "/tablespace_map"};
    protect_existing(data, host, request_.delta);
    const auto& limits = run_.server.config().tablespace_bandwidth_limit;
    for (std::size_t i = 0; i < to.tablespaces.size(); ++i) {
      const catalog::Tablespace& tablespace = tablespaces_of(member)[i];
      copy::Item item;
      item.label = tablespace.name;
      item.source = from.tablespaces[i];
      item.destination = to.tablespaces[i];
      const auto limit = limits.find(tablespace.name);
      const bool has_own = limit != limits.end() && !request_.limits_everything;
      item.bandwidth_limit = has_own ? limit->second : request_.bandwidth_limit;
      protect_existing(item, host, request_.delta);
      items.push_back(std::move(item));
      const std::string inside = pattern_below(to.data, to.tablespaces[i]);
      if (!inside.empty()) data.exclude_and_protect.push_back(inside);
      data.exclude_and_protect.push_back(fmt::format("/pg_tblspc/{}", tablespace.oid));
    }
    items.push_back(std::move(data));
    return items;
  }

  void copy(const BackupInfo& member, const Step& step) {
    fs::Host& host = content_.host_of(step.to);
    const Tree from = content_.tree(member, step.from), to = content_.tree(member, step.to);
    if (step.to != Place::destination) content_.make_tree(to, step.to);
    copy::Request copying;
    copying.items = copy_items(member, from, to, step.to == Place::destination, host);
    copying.source_is_remote_end = false;
    copying.safe_horizon = safe_horizon_;
    copying.network_compression = request_.network_compression;
    copying.jobs = request_.jobs;
    copying.jobs_start_batch_size = request_.jobs_start_batch_size;
    copying.jobs_start_batch_period = request_.jobs_start_batch_period;
    copying.retry = request_.retry;
    copying.expected_bytes = (step.from == Place::catalogue ? member.size : member.cluster_size).value_or(0);
    copy::smart_copy(copying, run_.server.local(), host, run_.progress);
    if (step.to != Place::destination) link_tablespaces(member, to, host);
  }

  // As the last member links to it, which is how pg_combinebackup knows it.
  std::string linked_as(const Tree& tree, std::size_t i, Place place, std::int64_t oid) const {
    if (place != Place::catalogue) return tree.tablespaces[i];
    return std::filesystem::read_symlink(fmt::format("{}/pg_tblspc/{}", tree.data, oid)).string();
  }

  void combine(const BackupInfo& leaf, const Step& step) {
    const Place last = members_.at(leaf.backup_id).place;
    const Tree from = content_.tree(leaf, last), to = content_.tree(leaf, step.to);
    if (step.to != Place::destination) content_.make_tree(to, step.to);
    CombineCall call;
    call.combination = *preparation_.combination;
    call.output = to.data;
    for (std::size_t i = 0; i < to.tablespaces.size(); ++i)
      call.mappings.push_back({linked_as(from, i, last, tablespaces_of(leaf)[i].oid), to.tablespaces[i]});
    for (const BackupInfo* member : chain_)
      call.inputs.push_back(content_.tree(*member, members_.at(member->backup_id).place).data);
    call.pid_file = content_.pid_file(step.to);
    seconds_ = run_combine(call, leaf.backup_id, content_.host_of(step.to), run_);
    // Members are read no more; what they took makes room for the copy.
    if (step.to == Place::combined_here && uses(Place::work_area_here)) content_.discard(Place::work_area_here);
    if (step.to != Place::destination) return;
    remove_leftovers(request_.destination, run_.target_host);
  }

  bool uses(Place place) const {
    return std::ranges::any_of(members_, [&](const auto& entry) { return entry.second.place == place; });
  }

  const RestoreRequest& request_;
  const Chain& chain_;
  const Preparation& preparation_;
  const std::optional<Timestamp>& safe_horizon_;
  const RestoreRun& run_;
  std::map<std::string, Member> members_;
  Content content_;
  std::optional<double> seconds_;
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

std::optional<double> place_base_backup(const RestoreRequest& request, const Chain& chain,
                                        const Preparation& preparation,
                                        const std::vector<PlacedTablespace>& tablespaces,
                                        const std::optional<Timestamp>& safe_horizon, const RestoreRun& run) {
  const Action last = preparation.steps.back().action;
  const bool combined_at_last = last == Action::combine;
  const DestinationBefore before(request, tablespaces, run.target_host);
  prepare_destinations(request, tablespaces, combined_at_last, run.target_host);
  bool in_the_way = false;  // what is in the destination when a step fails there; what was copied is worth keeping
  try {
    BaseCopy work(request, chain, preparation, tablespaces, safe_horizon, run);
    for (const Step& step : preparation.steps) {
      in_the_way = step.action != Action::copy && step.to == Place::destination;
      work.run(step);
    }
    if (combined_at_last) return preparation.steps.size() == 1 ? work.seconds_to_combine() : std::nullopt;
  } catch (const Error& error) {
    if (in_the_way) before.bring_back();
    throw Error(error.code(), fmt::format("Failure copying base backup: {}", error.what()), error.hint());
  } catch (const Interrupted&) {
    if (in_the_way) before.bring_back();
    throw;
  }
  link_tablespaces(request, tablespaces, run);
  return std::nullopt;
}

}  // namespace barman::restore
