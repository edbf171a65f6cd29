#include "barman/backup/wal_purge.h"

#include <fmt/core.h>

namespace barman::backup {

using catalog::BackupInfo;

std::string describe_unreadable(const catalog::BackupCatalog& catalog, const std::string& id) {
  const auto& begin = catalog.stand_in(id)->begin_wal;
  return fmt::format("Backup {} cannot be judged, so no WAL {}is removed: {} ({})", id,
                     begin ? fmt::format("from {} on ", *begin) : "", catalog.unreadable().at(id).what(),
                     catalog.readable_info_path(id));
}

std::size_t WalPurge::run(const WalPurgeRule& rule, const std::function<void(std::string_view)>& removed) {
  std::optional<Burst> burst;  // a hook takes its time
  if (!hooked_) burst.emplace(notifier_);
  const auto variables = [](const catalog::WalEntryView& entry, const std::string& path, const std::string& error) {
    return hooks::wal_variables(path, catalog::to_entry(entry), error);
  };
  archive::Removal removal;
  removal.stays = [&](const catalog::WalEntryView& entry) {
    if (!is_any_wal_name(entry.name))
      notifier_.error(
          with_hint(fmt::format("invalid WAL segment name '{}'", entry.name), archive_.index().damage_hint()));
    return rule.stays(entry.name);
  };
  removal.before = [&](const catalog::WalEntryView& entry, const std::string& path) {
    if (hooked_) hooks_.run_pre(hooks::Operation::wal_delete, variables(entry, path, {}));
  };
  removal.after = [&](const catalog::WalEntryView& entry, const std::string& path, bool found) {
    std::string warning;
    if (!found) {
      warning = fmt::format("Ignoring deletion of WAL file {} for server {}: [Errno 2] No such file or directory: '{}'",
                            entry.name, config_.name, path);
      notifier_.warning(warning);
    }
    if (hooked_) hooks_.run_post(hooks::Operation::wal_delete, variables(entry, path, warning));
    removed(entry.name);
  };
  return archive_.remove(removal);
}

void purge_before_first_backup(ServerContext& server, const BackupInfo& backup, bool silent) {
  const config::ServerConfig& config = server.config();
  const catalog::BackupCatalog& catalog = server.backups();
  Notifier& notifier = server.notifier();
  const auto rule = rule_for_first_backup(catalog.in_order(), backup);
  if (!rule) return;
  if (!catalog.unreadable().empty()) {
    if (!silent) notifier.warning(describe_unreadable(catalog, catalog.unreadable().begin()->first));
    return;
  }
  if (!silent) notifier.info(fmt::format("This is the first backup for server {}", config.name));
  if (config.worm_mode) {
    if (!silent) notifier.info("'worm_mode' is enabled, skip purging of unused WAL files.");
    return;
  }
  bool first = true;
  WalPurge(config, server.archive(), server.hooks(), notifier).run(*rule, [&](std::string_view name) {
    if (silent) return;
    if (first) notifier.info("WAL segments preceding the current backup have been found:");
    first = false;
    notifier.info(fmt::format("\t{} from server {} has been removed", name, config.name));
  });
}

}  // namespace barman::backup
