#include "second_copy.h"

#include <fmt/core.h>

#include "barman/catalog/backup_catalog.h"
#include "barman/cloud/place.h"
#include "barman/core/error.h"

namespace barman::app {
namespace {

// By which the programs for object stores find what the configuration of the server leads to.
std::string store_options(const config::ServerConfig& config) {
  const std::string_view provider = cloud::provider_name(*config.cloud_copy);
  if (provider != "aws-s3") return fmt::format("--cloud-provider {} ", provider);
  std::string options;
  if (config.aws_endpoint_url) options += fmt::format("--endpoint-url {} ", *config.aws_endpoint_url);
  if (config.aws_profile) options += fmt::format("--aws-profile {} ", *config.aws_profile);
  return options;
}

}  // namespace

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

void refuse_in_copy(ServerContext& server, const std::string& backup, std::string_view program) {
  const auto copy = copy_that_has(server, backup);
  if (!copy) return;
  const config::ServerConfig& config = server.config();
  const std::string id = copy->server().backups().resolve(backup).backup_id;
  throw Error(Errc::refused,
              fmt::format("Backup {} of server {} is not here, but in its second copy, {}, which this command does not "
                          "change",
                          id, config.name, *config.cloud_copy),
              "to change it there: " + fmt::format(fmt::runtime(program), fmt::arg("options", store_options(config)),
                                                   fmt::arg("url", *config.cloud_copy), fmt::arg("server", config.name),
                                                   fmt::arg("id", id)));
}

}  // namespace barman::app
