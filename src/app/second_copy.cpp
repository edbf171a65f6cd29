#include "second_copy.h"

#include "barman/catalog/backup_catalog.h"

namespace barman::app {

bool has_copy(const config::ServerConfig& config) {
  return config.cloud_copy && config::is_store_url(*config.cloud_copy);
}

SecondCopy::SecondCopy(const ServerContext& server)
    : config_(config::as_second_copy(server.config())), server_(server.with(config_)) {}

bool has_only_copy(ServerContext& server) {
  const catalog::BackupCatalog& backups = server.backups();
  return has_copy(server.config()) && backups.all().empty() && backups.unreadable().empty();
}

std::unique_ptr<SecondCopy> copy_that_has(ServerContext& server, const std::string& backup) {
  if (!has_copy(server.config())) return nullptr;
  const catalog::BackupCatalog& backups = server.backups();
  const bool is_gone_here =
      catalog::is_backup_id(backup) && backups.find(backup) == nullptr && !backups.unreadable().contains(backup);
  return is_gone_here || has_only_copy(server) ? std::make_unique<SecondCopy>(server) : nullptr;
}

}  // namespace barman::app
