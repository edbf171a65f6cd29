#include "barman/app/backup.h"

#include <fmt/core.h>

#include <future>

#include "barman/archive/wal_archive.h"
#include "barman/archiver/server_directories.h"
#include "barman/backup/backup.h"
#include "barman/backup/parent.h"
#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/identity.h"
#include "barman/catalog/retention.h"
#include "barman/catalog/xlogdb.h"
#include "barman/core/error.h"
#include "barman/core/python_repr.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/host.h"
#include "barman/fs/lock_file.h"
#include "barman/postgres/server.h"

namespace barman::app {
namespace {

backup::Request make_request(const BackupOptions& options, const config::ServerConfig& config) {
  backup::Request request;
  request.immediate_checkpoint = options.immediate_checkpoint.value_or(config.immediate_checkpoint);
  request.reuse = options.reuse.value_or(config.reuse_backup.value_or(config::ReuseBackup::off));
  apply(options.copy, config, request);
  request.keepalive_interval = options.keepalive_interval.value_or(config.keepalive_interval);
  request.name = options.name;
  request.manifest = options.manifest.value_or(config.autogenerate_manifest);
  request.wait = options.wait;
  request.wait_timeout = options.wait_timeout;
  return request;
}

// Increments go with the backup at the root of their chain.
void warn_of_an_obsolete_chain(ServerContext& server, const std::string& parent) {
  const config::ServerConfig& config = server.config();
  if (!config.retention_policy) return;
  const auto keep = [&server](const std::string& id) { return server.annotations().keep(id); };
  const auto report = catalog::retention_report(server.backups().staying(), *config.retention_policy,
                                                config.minimum_redundancy, keep, now(), server.backups().histories());
  const auto status = report.find(parent);
  if (status == report.end() || status->second != catalog::RetentionStatus::obsolete) return;
  server.notifier().warning(
      fmt::format("Backup {} is OBSOLETE by the retention policy of server {}, and so will be what is taken on top of "
                  "it: take a full backup if it is to stay",
                  parent, config.name));
}

void prepare_directories(const config::ServerConfig& config, postgres::Server& postgres) {
  try {
    archiver::create_server_directories(config);
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("failed to create {}", error.what()), error.hint());
  }
  const int version = postgres.version();
  const std::string major =
      version >= 100000 ? std::to_string(version / 10000) : fmt::format("{}.{}", version / 10000, version / 100 % 100);
  catalog::write_identity_if_absent(config.backup_directory, {postgres.system_identifier(), major});
}

// The first connection of rsync takes as long as the checks do: it is made meanwhile, and kept for whoever asks for one
// once what this returns is gone.
std::future<fs::Host::RsyncWay> connect_for_rsync(ServerContext& server) {
  if (!server.config().by_rsync()) return {};
  fs::Host& host = server.postgres_host();
  return std::async(std::launch::async | std::launch::deferred, [&host] { return host.rsync_way(); });
}

}  // namespace

std::optional<std::string> problem_of_backup_name(const std::string& name) {
  if (name.empty()) return "Backup name cannot be empty";
  if (catalog::is_backup_id(name)) return fmt::format("Backup name '{}' is not allowed: backup ID", name);
  if (catalog::is_reserved_backup_name(name))
    return fmt::format("Backup name '{}' is not allowed: reserved word", name);
  if (name.find('\n') != std::string::npos)
    return fmt::format("Backup name {} is not allowed: line end", python_repr(name));
  return std::nullopt;
}

bool take_backup(ServerContext& server, const BackupOptions& options, Progress& progress,
                 const std::function<void(const catalog::BackupInfo&)>& copied) {
  const config::ServerConfig& config = server.config();
  backup::check_supported(config);
  backup::Request request = make_request(options, config);
  if (options.parent) {
    request.parent = backup::require_parent(server, *options.parent);
    warn_of_an_obsolete_chain(server, *request.parent);
  }
  {
    const auto connecting = connect_for_rsync(server);
    require_ready_for_backup(server, options.check_timeout);
    prepare_directories(config, server.postgres());
  }

  const backup::Result result = backup::take_backup(request, server, progress);
  copied(result.info);
  if (result.interrupted) return false;
  backup::finish_backup(result.info, server);
  return true;
}

}  // namespace barman::app
