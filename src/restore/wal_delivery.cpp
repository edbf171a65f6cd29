#include "wal_delivery.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>

#include "barman/archive/wal_archive.h"
#include "barman/archive/wal_file.h"
#include "barman/archive/wal_notes.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/codec/gpg.h"
#include "barman/core/error.h"
#include "barman/core/parallel.h"
#include "barman/core/rate_limit.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/exec/command.h"
#include "barman/fs/file.h"
#include "barman/fs/rsync.h"
#include "barman/wal/segment.h"
#include "staging.h"
#include "unfit_wal.h"

namespace barman::restore {

namespace {

constexpr mode_t private_directory = 0700;
constexpr mode_t public_file = 0644;  // as those that lie in the archive uncompressed
constexpr std::uint64_t kilobyte = 1024;
constexpr std::size_t batch_size = 64;             // files unpacked at the same time into the destination
constexpr std::size_t names_at_once = 4096;        // of empty files, and of files that one rsync sends
constexpr std::uint64_t most_staged = 256 << 20U;  // bytes in the work area, or half of what is free there, if less

// One file to deliver.
struct Delivery {
  WalName wal;
  std::string source;
  std::optional<std::string> stored;  // its path below the directory of the archive; nullopt: it is not archived
  std::string name;                   // at the destination
};

std::size_t size_of(const std::string& path) {
  const auto info = fs::stat_if_exists(path);
  return info ? static_cast<std::size_t>(info->st_size) : 0;
}

WalName parsed(std::string_view name) {
  const auto wal = parse_wal_name(name);
  if (!wal) throw Error(Errc::corrupt, fmt::format("'{}' is not a WAL file", name));
  return *wal;
}

std::string delivered_name(const std::string& name) {
  const auto wal = parse_wal_name(name);
  return wal && wal->kind == WalKind::partial ? to_string(wal->segment) : name;
}

void deliver_one(const Delivery& delivery, const std::string& directory, const config::ServerConfig& config,
                 const codec::Stage& settings) {
  const std::string target = fmt::format("{}/{}", directory, delivery.name);
  const std::string temporary = fmt::format("{}/.{}.tmp", directory, delivery.name);
  fs::remove_file(temporary);
  if (const codec::Recipe recipe = archive::recipe_of_file(delivery.source, config, settings); !recipe.empty()) {
    archive::ContentCheck check(delivery.wal, delivery.source);
    codec::decode_file(delivery.source, temporary, recipe, [&](std::string_view piece) { check(piece); });
    if (::chmod(temporary.c_str(), public_file) != 0) throw_errno("change the mode of", temporary);
  } else {
    fs::copy_file(delivery.source, temporary);
  }
  fs::rename_file(temporary, target);
}

// Whether it is the file that a failure is to blame on, and not the destination.
bool is_to_blame(const std::string& source, const Error& error) {
  if (error.code() == Errc::corrupt || error.code() == Errc::not_found) return true;
  try {
    fs::read_blocks(fs::open_file(source, O_RDONLY).get(), source,
                    [](std::string_view) { signals::throw_if_pending(); });
    return false;
  } catch (const Error&) {
    return true;
  }
}

void require_passphrase(const config::ServerConfig& config) {
  if (config.encryption_passphrase_command) return;
  throw Error(Errc::config,
              fmt::format("Encrypted WALs were found for server '{}', but 'encryption_passphrase_command' is not "
                          "configured correctly.",
                          config.name),
              "set encryption_passphrase_command to a command that prints the passphrase of the secret key");
}

// How many segments may be unpacked in `directory` at a time.
std::size_t segments_to_stage(const std::string& directory, std::uint64_t segment_size) {
  struct ::statvfs room {};
  if (::statvfs(directory.c_str(), &room) != 0) throw_errno("examine the file system of", directory);
  const std::uint64_t free = std::uint64_t{room.f_bavail} * room.f_frsize;
  return std::max<std::size_t>(1, std::min(most_staged, free / 2) / segment_size);
}

// Delivers files to the destination, decompressed. What the archive stores as it must arrive goes from there to another
// host; only what has to be unpacked, or renamed, is gathered in a private directory of this one, batch by batch.
class Deliverer {
 public:
  Deliverer(const RestoreRequest& request, const WalToDeliver& wal, const RestoreRun& run)
      : request_(request),
        destination_(wal.destination),
        segment_size_(wal.segment_size),
        is_needed_(wal.is_needed),
        run_(run),
        settings_(archive::codec_settings(run.server.config())),
        rate_(request.limits_everything ? static_cast<std::uint64_t>(request.bandwidth_limit) * kilobyte : 0) {}

  // Returns what was left out.
  std::vector<std::string> deliver(const WalToDeliver& wal) {
    try {
      wal.names.for_each([&](const std::string& name) {
        add({parsed(name), run_.server.archive().location(name), archive_path(name), delivered_name(name)});
      });
      if (!wal.extra_partial.empty()) {
        const std::string name(base_name(wal.extra_partial));
        add({parsed(name), wal.extra_partial, std::nullopt, delivered_name(name)});
      }
      send_stored();
      flush_batch();
      rate_.settle();
    } catch (const Error&) {
      drop_notes();
      throw;
    }
    drop_notes();
    std::ranges::sort(left_out_);
    return std::move(left_out_);
  }

 private:
  void add(Delivery delivery) {
    std::optional<bool> packed;
    attempt(delivery, [&] { packed = look_at(delivery); });
    if (!packed) return;
    if (run_.target_host.is_remote() && !*packed && delivery.stored && delivery.name == base_name(delivery.source)) {
      as_stored_.push_back(std::move(*delivery.stored));
      if (as_stored_.size() >= names_at_once) send_stored();
      return;
    }
    batch_.push_back(std::move(delivery));
    if (batch_.size() >= most_in_batch()) flush_batch();
  }

  // A note that says otherwise must not stand against what was seen.
  void drop_notes() const {
    if (damaged_.empty()) return;
    run_.server.archive().change_notes([&](const archive::WalNotes& notes) {
      notes.keep(
          [&](const Segment& segment, const archive::StoredAs&, std::uint64_t) { return !damaged_.contains(segment); });
    });
  }

  // Whether it has to be unpacked.
  bool look_at(const Delivery& delivery) const {
    if (!fs::exists(delivery.source))
      throw Error(Errc::not_found, fmt::format("'{}' is listed in the WAL index but does not exist", delivery.source),
                  advice_on_unfit(run_.server.archive()));
    const codec::Recipe recipe = archive::recipe_of_file(delivery.source, run_.server.config(), settings_);
    if (recipe.empty())
      refuse_unfit(delivery);
    else if (!codec::compresses(recipe.back().algorithm))
      require_passphrase(run_.server.config());
    return !recipe.empty();
  }

  // Of a file that recovery does not read, a failure for which it is to blame is reported, and the file left out.
  template <typename Work>
  void attempt(const Delivery& delivery, Work work) {
    try {
      work();
    } catch (const Error& error) {
      const bool can_be_left_out = is_needed_ && !is_needed_(delivery.wal) && is_to_blame(delivery.source, error);
      const std::lock_guard lock(mutex_);
      if (delivery.wal.kind == WalKind::segment && error.code() == Errc::corrupt) damaged_.insert(delivery.wal.segment);
      if (!can_be_left_out) throw;
      run_.server.notifier().warning(fmt::format("{}: left out, recovery does not need it", error.what()));
      left_out_.emplace_back(base_name(delivery.source));
    }
  }

  static void refuse_unfit(const Delivery& delivery) {
    const UniqueFd fd = fs::open_file(delivery.source, O_RDONLY);
    if (const auto problem = archive::plain_problem(delivery.wal, fd.get(), delivery.source))
      archive::refuse_damaged(delivery.source, *problem);
  }

  std::size_t most_in_batch() {
    if (!run_.target_host.is_remote()) return batch_size;
    if (!scratch_) {
      make_scratch();
      most_staged_ = std::min(batch_size, segments_to_stage(scratch_->path(), segment_size_));
    }
    return most_staged_;
  }

  // What it holds is clear, and must not outlive a killed restore for longer than until the next one.
  void make_scratch() {
    const std::string parent =
        request_.wal_staging_path ? *request_.wal_staging_path : std::filesystem::temp_directory_path().string();
    const std::string owner = area_owner(run_.server.config().backup_directory);
    remove_abandoned_areas(parent, owner, run_.server.local_host());
    scratch_.emplace(parent, owner, run_.server.local_host());
  }

  void flush_batch() {
    if (batch_.empty()) return;
    if (!run_.target_host.is_remote()) {
      deliver_into(destination_);
    } else {
      const fs::TemporaryDirectory stage("batch-", scratch_->path());
      deliver_into(stage.path());
      const std::vector<std::string> names = fs::list_directory(stage.path());
      if (!names.empty()) send(stage.path(), names);
    }
    count(batch_.size());
    batch_.clear();
  }

  void send_stored() {
    if (as_stored_.empty()) return;
    send(run_.server.archive().directory(), as_stored_);
    count(as_stored_.size());
    as_stored_.clear();
  }

  void count(std::size_t files) {
    delivered_ += files;
    run_.progress.update(static_cast<std::int64_t>(delivered_ * segment_size_));
  }

  void deliver_into(const std::string& directory) {
    on_all_cores(batch_.size(), [&](std::size_t i) {
      if (rate_.limited()) rate_.pass(size_of(batch_[i].source));
      attempt(batch_[i], [&] { deliver_one(batch_[i], directory, run_.server.config(), settings_); });
    });
  }

  // `paths` below `directory`; their own directories are not made at the destination.
  void send(const std::string& directory, const std::vector<std::string>& paths) {
    fs::RsyncOptions options;
    options.extra = {"--files-from=-", "--from0", "--no-relative"};
    options.input.emplace();
    for (const std::string& path : paths) options.input->append(path) += '\0';
    options.network_compression = request_.network_compression;
    options.bandwidth_limit = static_cast<int>(request_.bandwidth_limit);
    fs::run_rsync(run_.server.local(), fs::rsync_command(options, run_.target_host, directory + "/",
                                                         run_.target_host.rsync_path(destination_ + "/")));
  }

  const RestoreRequest& request_;
  std::string destination_;
  std::uint64_t segment_size_;
  std::function<bool(const WalName&)> is_needed_;
  const RestoreRun& run_;
  codec::Stage settings_;
  RateLimit rate_;                      // of what is read to be delivered on this host
  std::vector<std::string> as_stored_;  // below the directory of the archive
  std::optional<StagingDirectory> scratch_;
  std::size_t most_staged_ = 0;
  std::size_t delivered_ = 0;
  std::vector<Delivery> batch_;
  std::mutex mutex_;  // of the following
  std::vector<std::string> left_out_;
  std::set<Segment> damaged_;
};

}  // namespace

void WalList::add(std::string_view name) {
  names_.append(name);
  names_.append("\n");
  last_ = name;
  ++count_;
}

void WalList::for_each(const std::function<void(const std::string&)>& visit) const {
  const UniqueFd in = fs::open_file(names_.path(), O_RDONLY);
  std::string rest;
  std::vector<char> buffer(64 * 1024);
  while (const std::size_t got = fs::read_some(in.get(), buffer, names_.path())) {
    rest.append(buffer.data(), got);
    std::size_t start = 0;
    for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', start)) {
      visit(rest.substr(start, end - start));
      start = end + 1;
    }
    rest.erase(0, start);
  }
}

std::vector<std::string> deliver_wal(const RestoreRequest& request, const WalToDeliver& wal, const RestoreRun& run) {
  try {
    run.target_host.make_directories(wal.destination, private_directory);
    Deliverer deliverer(request, wal, run);
    return deliverer.deliver(wal);
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("Failure copying WAL files: {}", error.what()), error.hint());
  }
}

void require_readable_wal(const WalSelection& selection, const RestoreRun& run) {
  bool any = false;
  const auto look = [&](const catalog::WalEntryView& entry) {
    any = !entry.encryption.empty() && selection.wants(entry.name);
    return !any;
  };
  run.server.archive().index().for_each(look, [](const Error&) {});  // bad lines are for who copies
  if (!any) return;
  require_passphrase(run.server.config());
  run.server.gpg()->passphrase->get();
}

void mark_as_archived(const WalToDeliver& wal, const std::vector<std::string>& left_out, const RestoreRun& run) {
  const std::string directory = wal.destination + "/archive_status";
  std::vector<std::string> batch;
  const auto create = [&] {
    run.target_host.create_empty_files(directory, batch);
    batch.clear();
  };
  const auto mark = [&](const std::string& name) {
    if (std::ranges::binary_search(left_out, name)) return;
    batch.push_back(name + ".done");
    if (batch.size() >= names_at_once) create();
  };
  wal.names.for_each(mark);
  if (!wal.extra_partial.empty()) mark(std::string(base_name(wal.extra_partial)));
  create();
}

WalSelection::WalSelection(const catalog::BackupInfo& backup, const RecoveryTarget& target, std::uint32_t timeline,
                           bool partial, const std::optional<Segment>& read_to)
    : begin_wal_(backup.begin_wal.value_or("")),
      end_wal_(backup.end_wal.value_or("")),
      timeline_(timeline),
      immediate_(target.immediate),
      partial_(partial) {
  if (!target.lsn) return;
  lsn_segment_ = to_string(segment_at(*target.lsn, timeline, static_cast<std::uint64_t>(backup.xlog_segment_size)));
  if (read_to) lsn_segment_ = std::max(*lsn_segment_, to_string(*read_to));
}

WalSelection selection_for(const RestoreRequest& request, const catalog::BackupInfo& backup,
                           const RecoveryTarget& target, const archive::WalArchive& archive,
                           const std::optional<Segment>& read_to) {
  return {backup, target, timeline_to_copy(backup, target, archive.highest_timeline()),
          request.partial_wal && !target.immediate, read_to};
}

bool WalSelection::wants(std::string_view name) const {
  const auto wal = parse_wal_name(name);
  if (!wal) return false;
  if (wal->kind == WalKind::history) return true;
  if (name < begin_wal_ || wal->segment.timeline > timeline_) return false;
  if (name > end_wal_ && beyond_target(name)) return false;
  return wal->kind != WalKind::partial || partial_;
}

bool WalSelection::beyond_target(std::string_view name) const {
  return immediate_ || (lsn_segment_ && name > *lsn_segment_);
}

std::uint32_t timeline_to_copy(const catalog::BackupInfo& backup, const RecoveryTarget& target,
                               std::optional<std::uint32_t> highest_in_archive) {
  if (target.timeline_id) return *target.timeline_id;
  if (backup.version.value_or(0) >= 120000) return highest_in_archive.value_or(1);
  const auto end = parse_segment(backup.end_wal.value_or(""));
  if (!end) throw Error(Errc::corrupt, "backup " + backup.backup_id + " has no end WAL");
  return end->timeline;
}

}  // namespace barman::restore
