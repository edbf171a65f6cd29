#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "barman/app/wal.h"
#include "barman/archiver/cloud_wal_archive.h"
#include "barman/cloud/place.h"
#include "barman/cloud/wal_fetch.h"
#include "barman/core/error.h"
#include "second_copy.h"

namespace barman::app {
namespace {

constexpr std::uint64_t kilobyte = 1024;

// What tells this archive from any other whose segments have the same names.
std::string place_of(const config::ServerConfig& config) {
  std::string place = fmt::format("{}\n{}\n{}", config.wals_directory, config.aws_endpoint_url.value_or(""),
                                  config.aws_profile.value_or(""));
  for (const char* name : {"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE", "STORAGE_EMULATOR_HOST"})
    if (const char* value = std::getenv(name)) place += fmt::format("\n{}={}", name, value);
  return place;
}

}  // namespace

void cloud_wal_archive(ServerContext& server, const std::string& path, std::optional<std::int64_t> parallel) {
  const config::ServerConfig& config = server.config();
  if (config.backup_method != config::BackupMethod::local_to_cloud)
    throw Error(
        Errc::refused,
        fmt::format("cloud-wal-archive is only supported for servers with 'backup_method' set to 'local-to-cloud'. "
                    "Please check the configuration of server {}.",
                    config.name));
  if (!config.keeps_wal_in_store())
    throw Error(Errc::refused,
                fmt::format("cloud-wal-archive is not supported for server {} because no cloud storage configuration "
                            "is set in 'wals_directory'. Please check the server configuration.",
                            config.name));
  archiver::cloud_wal_archive(server, path, parallel.value_or(config.cloud_wal_archive_parallel));
}

bool cloud_wal_restore(ServerContext& server, const CloudRestoreRequest& request) {
  const config::ServerConfig& config = server.config();
  if (has_copy(config) && !config.keeps_wal_in_store()) return cloud_wal_restore(SecondCopy(server).server(), request);
  const cloud::Place* place = server.wal_place();
  if (place == nullptr)
    throw Error(
        Errc::refused,
        fmt::format("cloud-wal-restore is not supported for server {} because no cloud storage configuration is set in "
                    "'wals_directory'. Please check the configuration of the server.",
                    config.name));
  const std::int64_t files = request.parallel.value_or(config.cloud_wal_restore_parallel);
  const cloud::WalSpool spool(request.spool.value_or(cloud::default_spool), config.name, place_of(config));
  const cloud::WalWish wish{.name = request.name,
                            .partial = true,
                            .files = static_cast<std::size_t>(std::clamp<std::int64_t>(files, 1, cloud::most_ahead)),
                            .bytes_per_second = static_cast<std::uint64_t>(request.bandwidth_limit) * kilobyte};
  if (cloud::fetch_wal(*place->store, place->layout, spool, wish, request.destination)) return true;
  server.notifier().error(fmt::format("WAL file {} for server {} does not exist", request.name, config.name));
  return false;
}

}  // namespace barman::app
