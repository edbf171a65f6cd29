#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/backup_chain.h"
#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/exec/programs.h"
#include "barman/exec/shell.h"
#include "barman/fs/file.h"
#include "barman/fs/host.h"
#include "barman/fs/lock_file.h"
#include "barman/fs/tree.h"
#include "barman/restore/forecast.h"
#include "course.h"
#include "restored_wal.h"
#include "stored_wal.h"
#include "target_check.h"

// The first half of a course: what is restored, and the WAL that there is.
namespace barman::drill {
namespace {

constexpr mode_t private_directory = 0700;
constexpr const char* recovery_file = "barman_drill.conf";
// Where WAL is fetched while PostgreSQL recovers, it keeps no more than checkpoints make it (max_wal_size, twice).
constexpr std::int64_t most_fetched = std::int64_t{2} << 30U;

// A backup that is being copied must not be deleted meanwhile.
std::vector<fs::LockFile> hold(const restore::Chain& chain, const fs::LockDirectory& locks) {
  std::vector<fs::LockFile> held;
  for (const catalog::BackupInfo* member : chain) {
    auto lock = fs::LockFile::try_acquire(locks.backup_id(member->backup_id));
    if (!lock)
      throw Error(Errc::lock_busy, fmt::format("Another action is in progress for the backup {}", member->backup_id));
    held.push_back(std::move(*lock));
  }
  return held;
}

}  // namespace

bool Course::is_pitr() const {
  return restore::count_exclusive_targets(subject_.target) > 0 || subject_.target.timeline.has_value();
}

// As restore and PostgreSQL choose it: without a target, recovery stays on the timeline of the backup.
std::uint32_t Course::timeline() const {
  const auto own = static_cast<std::uint32_t>(backup_.timeline.value_or(1));
  const std::string word = subject_.target.timeline.value_or("");
  if (const auto number = parse_decimal(word)) return static_cast<std::uint32_t>(*number);
  const bool to_latest = word == "latest" || (word.empty() && is_pitr() && programs_->major() >= 12);
  return to_latest ? server_.archive().highest_timeline().value_or(own) : own;
}

restore::RestoreRequest Course::request() const {
  const config::ServerConfig& config = server_.config();
  restore::RestoreRequest request;
  request.backup_argument = backup_.backup_id;
  request.destination = scratch_.data();
  request.target = subject_.target;
  if (is_pitr()) request.target.action = restore::TargetAction::promote;
  std::size_t number = 0;
  for (const catalog::Tablespace& tablespace : backup_.tablespaces.value_or(std::vector<catalog::Tablespace>()))
    request.relocations[tablespace.name] = scratch_.tablespace(number++);
  request.staging_path = request.wal_staging_path = scratch_.staging();
  // A link would let PostgreSQL change the files of the catalogue.
  request.combine_mode = restore::CombineMode::copy;
  request.bandwidth_limit = config.drill_bandwidth_limit.value_or(0);
  request.limits_everything = request.bandwidth_limit > 0;
  request.jobs = request.limits_everything ? 1 : config.parallel_jobs;  // each of several would have the limit
  request.jobs_start_batch_size = config.parallel_jobs_start_batch_size;
  request.jobs_start_batch_period = config.parallel_jobs_start_batch_period;
  request.retry.times = static_cast<int>(config.basebackup_retry_times);
  request.retry.sleep_seconds = static_cast<int>(config.basebackup_retry_sleep);
  if (config.keeps_wal_in_store()) {
    const auto word = [](const std::string& text) { return replace_all(exec::shell_quote(text), "%", "%%"); };
    request.get_wal = true;
    request.restore_command = fmt::format("{} -c {} -q cloud-wal-restore --bwlimit {} --spool-dir {} -- {} %f %p",
                                          word(exec::own_executable()), word(server_.global().file),
                                          request.bandwidth_limit, word(scratch_.path() + "/spool"), word(config.name));
  }
  request.recovery_conf_filename = recovery_file;
  return request;
}

// Every segment that may be asked for counts: a target time says nothing about where it lies.
void Course::require_room() const {
  std::int64_t needed = backup_.cluster_size.value_or(backup_.size.value_or(0)), wal = 0;
  server_.archive().index().for_each([&](const catalog::WalEntryView& entry) {
    const bool wanted = is_wal_segment(entry.name) && entry.name >= backup_.begin_wal.value_or("") &&
                        (!subject_.target.immediate || entry.name <= backup_.end_wal.value_or(""));
    if (wanted) wal += backup_.xlog_segment_size;
    return true;
  });
  needed += server_.config().keeps_wal_in_store() ? std::min(wal, most_fetched) : wal;
  struct ::statvfs room {};
  if (::statvfs(scratch_.path().c_str(), &room) != 0) throw_errno("examine the file system of", scratch_.path());
  const auto free = static_cast<std::int64_t>(std::uint64_t{room.f_bavail} * room.f_frsize);
  if (free >= needed) return;
  throw Error(Errc::refused,
              fmt::format("'{}' has room for {}, and the restored cluster needs {}",
                          fs::parent_directory(scratch_.path()), human_size(free), human_size(needed)),
              "make room, or set drill_directory to another place");
}

bool Course::restore() {
  const auto begin = Clock::now();
  try {
    const config::ServerConfig& config = server_.config();
    programs_ =
        choose_programs(exec::list_pg_tools(server_.local(), "postgres", config.patience()), backup_.major_version());
    require_room();
    const catalog::BackupChain whole = catalog::chain_of(server_.backups(), backup_);
    const auto held = hold(whole.members, server_.locks());
    const restore::RestoreRequest asked = request();
    restore::check_restorable(asked, backup_, config);
    restore::require_whole(whole, server_.backups());
    restore::check_staging(asked, whole.members, config);
    restore::check_placement(asked, whole.members);
    restore::check_destination(asked, backup_, server_.local_host(), server_.notifier());
    const restore::RestoreRun run = {server_, server_.local_host(), progress_};
    const restore::Preparation preparation = restore::prepare(asked, whole.members, run);
    restore::restore(asked, whole.members, preparation, run);
    take_recovery_settings();
    if (::chmod(scratch_.data().c_str(), private_directory) != 0) throw_errno("change the mode of", scratch_.data());
  } catch (const Error& error) {
    if (error.code() == Errc::lock_busy) throw;
    add({"restore", false, shortened(with_hint(error))});
    return false;
  }
  drill_.seconds.copy = std::chrono::duration<double>(Clock::now() - begin).count();
  drill_.bytes_copied = fs::measure_tree(scratch_.path()).all;
  add({"restore", true, "everything that recovery needs is there"});
  return true;
}

// Before PostgreSQL 12 the settings of the restore cannot be overridden, which remove it when recovery ends: there it
// has a second name.
std::string Course::wal_directory() const {
  if (!is_pitr()) return fmt::format("{}/{}", scratch_.data(), backup_.wal_directory_name());
  const std::string brought = scratch_.data() + "/barman_wal";
  if (programs_->major() >= 12) return brought;
  const std::string kept = scratch_.path() + "/wal";
  fs::make_directories(kept, private_directory);
  for (const std::string& name : fs::list_directory(brought)) {
    const std::string from = fmt::format("{}/{}", brought, name), to = fmt::format("{}/{}", kept, name);
    if (fs::is_regular_file(from) && ::link(from.c_str(), to.c_str()) != 0) throw_errno("create", to);
  }
  return kept;
}

// They are for the command line's own configuration file: whatever else was restored has no say in the recovery.
void Course::take_recovery_settings() const {
  fs::make_directories(scratch_.settings(), private_directory);
  const std::string written = fmt::format("{}/{}", scratch_.data(), recovery_file);
  if (fs::exists(written)) fs::rename_file(written, recovery_settings());
  fs::remove_file(written + ".origin");
}

// Behind `to` nothing is known.
std::unique_ptr<DrilledWal> Course::wal_in_store(std::optional<Segment> to) const {
  return std::make_unique<StoredWal>(server_, base_, static_cast<std::uint64_t>(backup_.xlog_segment_size),
                                     restore::timeline_of(request(), backup_, restore::understood(subject_.target)),
                                     to);
}

recovery::Target Course::recovery_target() const {
  return restore::recovery_target(restore::understood(subject_.target));
}

void Course::read_wal() {
  const bool in_store = server_.config().keeps_wal_in_store();
  const auto end = subject_.target.immediate ? parse_segment(backup_.end_wal.value_or("")) : std::nullopt;
  if (in_store)
    wal_ = wal_in_store(end);
  else
    wal_ = std::make_unique<RestoredWal>(wal_directory(), timeline());
  foretold_ = wal_->judge(base_, recovery_target());
  if (!foretold_->stop) return add({"wal", false, foretold_->reason});
  const auto broken = restore::count_exclusive_targets(subject_.target) == 0 ? wal_->break_behind(base_) : std::nullopt;
  if (broken) return add({"wal", false, *broken});
  add({"wal", true,
       fmt::format("{} segments{}, every record up to the target is whole", wal_->segments(),
                   in_store ? " in the object store" : "")});
}

// While PostgreSQL recovers to the end of what is in a store, more may have come. It has read the segments up to the
// one in which it ended, all of them: what it did with these is foretold again.
void Course::foretell_what_came(const ServerLog& log) {
  const auto applied = log.last_applied();
  if (!server_.config().keeps_wal_in_store() || restore::count_exclusive_targets(subject_.target) > 0) return;
  if (!applied || !foretold_ || !foretold_->read_to) return;
  const auto size = static_cast<std::uint64_t>(backup_.xlog_segment_size);
  if (applied->value / size <= start_of(*foretold_->read_to, size).value / size) return;
  wal_ = wal_in_store(segment_at(*applied, foretold_->read_to->timeline, size));
  foretold_ = wal_->judge(base_, recovery_target());
}

}  // namespace barman::drill
