#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/wal_purge_rule.h"
#include "barman/config/server_config.h"
#include "barman/hooks/hooks.h"
#include "barman/report/notifier.h"
#include "barman/server/server_context.h"

// Removal of archived WAL that no backup needs any more (algorithms.md 4.1, 13.2, 13.3): a rule computed from the
// catalogue (catalog/wal_purge_rule.h), carried out on the archive and its index.
namespace barman::backup {

using catalog::Keeps;
using catalog::Requester;
using catalog::rule_for_deletion;
using catalog::rule_for_first_backup;
using catalog::WalPurgeRule;

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
