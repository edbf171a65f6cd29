#include "barman/app/server.h"

#include <fmt/core.h>

#include "barman/archiver/xlogdb_rebuild.h"
#include "barman/core/error.h"

namespace barman::app {

namespace {

template <typename Part, typename Make>
Part& once(std::unique_ptr<Part>& slot, Make make) {
  if (!slot) slot = std::make_unique<Part>(make());
  return *slot;
}

std::string required(const config::Text& conninfo, std::string_view option, const std::string& server) {
  if (conninfo) return *conninfo;
  throw Error(Errc::config, fmt::format("Missing '{}' parameter for server '{}'", option, server),
              fmt::format("set {} in the [{}] section of the configuration", option, server));
}

const config::Text& first_set(const config::Text& preferred, const config::Text& otherwise) {
  return preferred ? preferred : otherwise;
}

}  // namespace

struct Server::Parts {
  std::unique_ptr<catalog::BackupCatalog> backups;
  std::unique_ptr<catalog::Annotations> annotations;
  std::unique_ptr<catalog::XlogDb> xlogdb;
  std::unique_ptr<exec::LocalRunner> local;
  std::unique_ptr<fs::Host> local_host, postgres_host;
  std::unique_ptr<postgres::Server> postgres, wal_postgres, primary;
  std::unique_ptr<postgres::Streaming> streaming, wal_streaming;
};

Server::Server(const config::GlobalConfig& global, const config::ServerConfig& config, Notifier& notifier)
    : global_(global),
      config_(config),
      notifier_(notifier),
      locks_(global.barman_lock_directory, config.name),
      parts_(std::make_unique<Parts>()) {}

Server::~Server() = default;
Server::Server(Server&&) noexcept = default;

catalog::BackupCatalog& Server::backups() {
  return once(parts_->backups, [&] { return catalog::BackupCatalog(config_); });
}

catalog::Annotations& Server::annotations() {
  return once(parts_->annotations, [&] { return catalog::Annotations(config_); });
}

catalog::XlogDb& Server::xlogdb() {
  if (!parts_->xlogdb) {
    auto index = std::make_unique<catalog::XlogDb>(config_, locks_);
    archiver::ensure_xlogdb(config_, *index);
    parts_->xlogdb = std::move(index);
  }
  return *parts_->xlogdb;
}

exec::LocalRunner& Server::local() {
  return once(parts_->local, [&] { return exec::LocalRunner(config_.path_prefix.value_or("")); });
}

fs::Host& Server::local_host() {
  if (!parts_->local_host) parts_->local_host = fs::make_local_host(patience(), config_.path_prefix.value_or(""));
  return *parts_->local_host;
}

fs::Host& Server::postgres_host() {
  if (!parts_->postgres_host)
    parts_->postgres_host =
        fs::make_host(config_.ssh_command, fs::batch_ssh_options(), patience(), config_.path_prefix.value_or(""));
  return *parts_->postgres_host;
}

std::chrono::seconds Server::patience() const { return std::chrono::seconds(config_.hang_timeout); }

postgres::Server& Server::postgres() {
  return once(parts_->postgres,
              [&] { return postgres::Server(required(config_.conninfo, "conninfo", config_.name), patience()); });
}

postgres::Streaming& Server::streaming() {
  return once(parts_->streaming, [&] {
    return postgres::Streaming(
        required(first_set(config_.streaming_conninfo, config_.conninfo), "streaming_conninfo", config_.name),
        patience());
  });
}

// wal_conninfo replaces conninfo; without it wal_streaming_conninfo serves both (config.md 8.1).
postgres::Server& Server::wal_postgres() {
  const config::Text& conninfo = first_set(config_.wal_conninfo, config_.wal_streaming_conninfo);
  if (!conninfo) return postgres();
  return once(parts_->wal_postgres, [&] { return postgres::Server(*conninfo, patience()); });
}

postgres::Streaming& Server::wal_streaming() {
  if (!config_.wal_streaming_conninfo) return streaming();
  return once(parts_->wal_streaming, [&] { return postgres::Streaming(*config_.wal_streaming_conninfo, patience()); });
}

postgres::Server* Server::primary_postgres() {
  if (!config_.primary_conninfo) return nullptr;
  return &once(parts_->primary, [&] { return postgres::Server(*config_.primary_conninfo, patience()); });
}

}  // namespace barman::app
