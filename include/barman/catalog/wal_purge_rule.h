#pragma once
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_info.h"
#include "barman/config/server_config.h"
#include "barman/wal/segment.h"

// Which archived WAL no backup needs any more (algorithms.md 4.1, 13.2, 13.3), as a rule about names.
namespace barman::catalog {

// What stays in the archive. History files and names that are not a WAL file's always do.
struct WalPurgeRule {
  // Where backups that stay begin. Each needs WAL from there on: of its timeline, and of those that may follow it.
  std::vector<Segment> needed_from;
  std::optional<std::string> limit;  // this segment and all names behind it stay; unset: no limit
  std::set<std::uint32_t> protected_timelines;
  std::vector<std::pair<std::string, std::string>> protected_ranges;  // begin and end WAL, both included
  bool stays(std::string_view name) const;
  void keep_from(const Segment& begin);  // what a backup that begins there may need stays, too
};

using Keeps = std::function<std::optional<KeepTarget>(const std::string& id)>;

// Who asks decides about earlier backups that are kept standalone: they stop the command, and cron where it only
// finishes what a command began, from removing any WAL; the retention policy protects just the segments they need.
enum class Requester { command, retention_policy, finishing };

// The rule for the deletion of `backup`, which is one of the backups; these are in the order in which they were taken
// (catalog/backup_order.h). nullopt: an earlier backup needs the WAL, or it is not known where one that stays begins;
// nothing may be removed.
std::optional<WalPurgeRule> rule_for_deletion(const std::vector<const BackupInfo*>& in_order, const BackupInfo& backup,
                                              const Keeps& keep, Requester requester,
                                              const config::ServerConfig& config);

// The rule for WAL from before `backup`, beside which no other has its copy done; nullopt: there is one, or its begin
// WAL is not known.
std::optional<WalPurgeRule> rule_for_first_backup(const std::vector<const BackupInfo*>& in_order,
                                                  const BackupInfo& backup);

}  // namespace barman::catalog
