#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/config/server_config.h"
#include "barman/hooks/hooks.h"
#include "barman/report/notifier.h"
#include "barman/server/server_context.h"
#include "barman/wal/segment.h"

// Removal of archived WAL that no backup needs any more (algorithms.md 4.1, 13.2, 13.3): a rule computed from the
// catalogue, then carried out on the archive and its index.
namespace barman::backup {

// What stays in the archive. History files and names that are not a WAL file's always do.
struct WalPurgeRule {
  // Where backups that stay begin. Each needs WAL from there on: of its timeline, and of those that may follow it.
  std::vector<Segment> needed_from;
  std::optional<std::string> limit;  // this segment and all names behind it stay; unset: no limit
  std::set<std::uint32_t> protected_timelines;
  std::vector<std::pair<std::string, std::string>> protected_ranges;  // begin and end WAL, both included
  bool stays(std::string_view name) const;
};

using Keeps = std::function<std::optional<catalog::KeepTarget>(const std::string& id)>;

// Who asks decides about earlier backups that are kept standalone: they stop the command, and cron where it only
// finishes what a command began, from removing any WAL; the retention policy protects just the segments they need.
enum class Requester { command, retention_policy, finishing };

// The rule for the deletion of `backup`, which is one of the backups; these are in the order in which they were taken
// (catalog/backup_order.h). nullopt: an earlier backup needs the WAL, or it is not known where one that stays begins;
// nothing may be removed.
std::optional<WalPurgeRule> rule_for_deletion(const std::vector<const catalog::BackupInfo*>& in_order,
                                              const catalog::BackupInfo& backup, const Keeps& keep, Requester requester,
                                              const config::ServerConfig& config);

// The rule for WAL from before `backup`, beside which no other has its copy done; nullopt: there is one, or its begin
// WAL is not known.
std::optional<WalPurgeRule> rule_for_first_backup(const std::vector<const catalog::BackupInfo*>& in_order,
                                                  const catalog::BackupInfo& backup);

// The warning that an entry which cannot be read keeps WAL from being removed.
std::string describe_unreadable(const catalog::BackupCatalog& catalog, const std::string& id);

// Carries out a rule by WalArchive::remove(), with wal_delete hooks around each file. A file that is already gone is a
// warning.
class WalPurge {
 public:
  WalPurge(const config::ServerConfig& config, archive::WalArchive& archive, const hooks::Hooks& hooks,
           Notifier& notifier)
      : config_(config),
        archive_(archive),
        hooks_(hooks),
        hooked_(hooks.configured(hooks::Operation::wal_delete)),
        notifier_(notifier) {}

  // `removed` gets each name, in file order. Returns how many.
  std::size_t run(const WalPurgeRule& rule, const std::function<void(std::string_view name)>& removed);

 private:
  const config::ServerConfig& config_;
  archive::WalArchive& archive_;
  const hooks::Hooks& hooks_;
  const bool hooked_;
  Notifier& notifier_;
};

// What a backup does about WAL from before it (algorithms.md 4.1): nothing if there is an earlier backup or the begin
// WAL is not known; else reports that it is the first one and removes the WAL, listing it, unless worm_mode forbids.
// `silent`: for the purge at the very end, which reports nothing. If an entry of the catalogue cannot be read, nothing
// is removed, with a warning: it may be an earlier backup.
void purge_before_first_backup(ServerContext& server, const catalog::BackupInfo& backup, bool silent);

}  // namespace barman::backup
