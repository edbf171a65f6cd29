#include "barman/backup/wal_purge.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>

#include "barman/core/signals.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"

namespace barman::backup {
namespace {

using catalog::BackupInfo;
using catalog::BackupStatus;

constexpr std::size_t segment_name_size = 24;

// Backups whose timeline holds WAL that may still be needed.
bool uses_wal(const BackupInfo& backup) {
  return backup.copy_done() || backup.status == BackupStatus::started || backup.status == BackupStatus::syncing;
}

WalPurgeRule rule_up_to(const std::map<std::string, BackupInfo>& backups, const BackupInfo& removed_or_first,
                        const BackupInfo* limit) {
  WalPurgeRule rule;
  for (const auto& [id, backup] : backups)
    if (id != removed_or_first.backup_id && uses_wal(backup) && backup.timeline)
      rule.protected_timelines.insert(static_cast<std::uint32_t>(*backup.timeline));
  if (limit) {
    rule.limit = limit->begin_wal;
    if (limit->timeline) rule.protected_timelines.erase(static_cast<std::uint32_t>(*limit->timeline));
  }
  return rule;
}

const BackupInfo* next_copied(const std::map<std::string, BackupInfo>& backups, const std::string& id) {
  for (auto at = backups.upper_bound(id); at != backups.end(); ++at)
    if (at->second.copy_done()) return &at->second;
  return nullptr;
}

// The directories that files are removed from, one after the other. One in which nothing is left is removed, too, an
// empty one before its files are looked for. What was removed stays removed once leave_last() has returned: a segment
// that came back after its line is gone would be nobody's.
class Emptied {
 public:
  explicit Emptied(std::string wals_directory) : wals_directory_(std::move(wals_directory)) {}

  void enter(const std::string& directory) {
    if (directory == current_) return;
    leave();
    current_ = directory;
    current_is_gone_ = ::rmdir((wals_directory_ + '/' + current_).c_str()) == 0;
    removed_any_ = removed_any_ || current_is_gone_;
  }
  bool is_gone() const { return current_is_gone_; }

  void leave_last() {
    leave();
    if (removed_any_) fs::sync_directory(wals_directory_);
  }

 private:
  void leave() {
    if (current_.empty()) return;
    const std::string path = wals_directory_ + '/' + current_;
    if (::rmdir(path.c_str()) == 0)
      removed_any_ = true;
    else if (fs::is_directory(path))
      fs::sync_directory(path);
  }

  std::string wals_directory_, current_;
  bool current_is_gone_ = false, removed_any_ = false;
};

}  // namespace

bool WalPurgeRule::stays(std::string_view name) const {
  if (limit && name >= *limit) return true;
  const auto parsed = parse_wal_name(name);
  if (!parsed || parsed->kind == WalKind::history || protected_timelines.contains(parsed->segment.timeline))
    return true;
  const std::string_view segment = parsed->kind == WalKind::backup_label ? name.substr(0, segment_name_size) : name;
  const bool in_range = std::ranges::any_of(
      protected_ranges, [&](const auto& range) { return range.first <= segment && segment <= range.second; });
  return in_range;
}

std::optional<WalPurgeRule> rule_for_deletion(const std::map<std::string, BackupInfo>& backups,
                                              const BackupInfo& backup, const Keeps& keep, Requester requester,
                                              const config::ServerConfig& config) {
  std::vector<std::pair<std::string, std::string>> ranges;
  for (auto at = backups.lower_bound(backup.backup_id); at != backups.begin();) {
    const BackupInfo& earlier = (--at)->second;
    if (!earlier.copy_done()) continue;
    const bool standalone = keep(earlier.backup_id) == catalog::KeepTarget::standalone;
    if (!standalone || requester == Requester::command || !earlier.begin_wal || !earlier.end_wal) return std::nullopt;
    ranges.emplace_back(*earlier.begin_wal, *earlier.end_wal);
  }
  const BackupInfo* limit = next_copied(backups, backup.backup_id);
  if (!limit && !config.backup_options.contains("exclusive_backup")) limit = &backup;
  if (limit && !limit->begin_wal) return std::nullopt;
  WalPurgeRule rule = rule_up_to(backups, backup, limit);
  rule.protected_ranges = std::move(ranges);
  return rule;
}

std::optional<WalPurgeRule> rule_for_first_backup(const std::map<std::string, BackupInfo>& backups,
                                                  const BackupInfo& backup) {
  if (!backup.begin_wal) return std::nullopt;
  const auto end = backups.lower_bound(backup.backup_id);
  if (std::any_of(backups.begin(), end, [](const auto& entry) { return entry.second.copy_done(); }))
    return std::nullopt;
  return rule_up_to(backups, backup, &backup);
}

void WalPurge::remove_file(const catalog::WalEntryView& entry, const std::string& path, bool gone) {
  const auto variables = [&](const std::string& error) {
    return hooks::wal_variables(path, catalog::to_entry(entry), error);
  };
  if (hooked_) hooks_.run_pre(hooks::Operation::wal_delete, variables({}));
  std::string warning;
  if (gone || !fs::remove_file(path)) {
    warning = fmt::format("Ignoring deletion of WAL file {} for server {}: [Errno 2] No such file or directory: '{}'",
                          entry.name, config_.name, path);
    notifier_.warning(warning);
  }
  if (hooked_) hooks_.run_post(hooks::Operation::wal_delete, variables(warning));
}

std::size_t WalPurge::run(const WalPurgeRule& rule, const std::function<void(std::string_view)>& removed) {
  std::optional<Burst> burst;  // a hook takes its time
  if (!hooked_) burst.emplace(notifier_);
  Emptied directories(config_.wals_directory);
  return xlogdb_.prune(
      [&](const catalog::WalEntryView& entry) {
        if (!is_any_wal_name(entry.name))
          notifier_.error(fmt::format("invalid WAL segment name '{}'\nHINT: {}", entry.name, xlogdb_.damage_hint()));
        return rule.stays(entry.name);
      },
      [&](const catalog::WalEntryView& entry) {
        signals::throw_if_pending();
        const std::string directory = hash_directory(entry.name).value();
        directories.enter(directory);
        remove_file(entry, fmt::format("{}/{}/{}", config_.wals_directory, directory, entry.name),
                    directories.is_gone());
        removed(entry.name);
      },
      [&] { directories.leave_last(); });
}

void purge_before_first_backup(const config::ServerConfig& config, const catalog::BackupCatalog& catalog,
                               catalog::XlogDb& xlogdb, const hooks::Hooks& hooks, Notifier& notifier,
                               const BackupInfo& backup, bool silent) {
  catalog.require_all_readable();
  const auto rule = rule_for_first_backup(catalog.all(), backup);
  if (!rule) return;
  if (!silent) notifier.info(fmt::format("This is the first backup for server {}", config.name));
  if (config.worm_mode) {
    if (!silent) notifier.info("'worm_mode' is enabled, skip purging of unused WAL files.");
    return;
  }
  bool first = true;
  WalPurge(config, xlogdb, hooks, notifier).run(*rule, [&](std::string_view name) {
    if (silent) return;
    if (first) notifier.info("WAL segments preceding the current backup have been found:");
    first = false;
    notifier.info(fmt::format("\t{} from server {} has been removed", name, config.name));
  });
}

}  // namespace barman::backup
