#include "barman/app/server.h"

#include <fmt/core.h>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/core/error.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/host.h"
#include "barman/fs/lock_file.h"
#include "barman/postgres/server.h"

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

}  // namespace

struct Server::Parts {
  Parts(fs::LockDirectory directory, postgres::Connect how) : locks(std::move(directory)), connect(std::move(how)) {}
  fs::LockDirectory locks;
  postgres::Connect connect;
  std::unique_ptr<catalog::BackupCatalog> backups;
  std::unique_ptr<catalog::Annotations> annotations;
  std::unique_ptr<archive::WalArchive> archive;
  std::unique_ptr<exec::LocalRunner> local;
  std::unique_ptr<fs::Host> local_host, postgres_host;
  std::unique_ptr<postgres::Server> postgres, wal_postgres, primary;
  std::unique_ptr<postgres::Streaming> streaming, wal_streaming;
};

Server::Server(const config::GlobalConfig& global, const config::ServerConfig& config, Notifier& notifier)
    : Server(global, config, notifier, postgres::connect_as_barman) {}

Server::Server(const config::GlobalConfig& global, const config::ServerConfig& config, Notifier& notifier,
               const postgres::Connect& connect)
    : global_(global),
      config_(config),
      notifier_(notifier),
      parts_(std::make_unique<Parts>(fs::LockDirectory(global.barman_lock_directory, config.name), connect)) {}

Server::~Server() = default;
Server::Server(Server&&) noexcept = default;

const postgres::Connect& Server::connect() const { return parts_->connect; }

const fs::LockDirectory& Server::locks() const { return parts_->locks; }

catalog::BackupCatalog& Server::backups() {
  return once(parts_->backups, [&] { return catalog::BackupCatalog(config_); });
}

catalog::Annotations& Server::annotations() {
  return once(parts_->annotations, [&] { return catalog::Annotations(config_); });
}

archive::WalArchive& Server::archive() {
  return once(parts_->archive, [&] { return archive::WalArchive(config_, parts_->locks); });
}

exec::LocalRunner& Server::local() {
  return once(parts_->local, [&] { return exec::LocalRunner(config_.search_path()); });
}

fs::Host& Server::local_host() {
  if (!parts_->local_host) parts_->local_host = fs::make_local_host(config_.patience(), config_.search_path());
  return *parts_->local_host;
}

fs::Host& Server::postgres_host() {
  if (!parts_->postgres_host)
    parts_->postgres_host =
        fs::make_host(config_.ssh_command, fs::batch_ssh_options(), config_.patience(), config_.search_path());
  return *parts_->postgres_host;
}

postgres::Server& Server::postgres() {
  return once(parts_->postgres, [&] {
    return postgres::Server(required(config_.conninfo, "conninfo", config_.name), config_.patience(), parts_->connect);
  });
}

postgres::Streaming& Server::streaming() {
  return once(parts_->streaming, [&] {
    return postgres::Streaming(required(config_.conninfo_for_streaming(), "streaming_conninfo", config_.name),
                               config_.patience(), parts_->connect);
  });
}

postgres::Server& Server::wal_postgres() {
  const config::Text& conninfo = config_.wal_conninfo_override();
  if (!conninfo) return postgres();
  return once(parts_->wal_postgres, [&] { return postgres::Server(*conninfo, config_.patience(), parts_->connect); });
}

postgres::Streaming& Server::wal_streaming() {
  if (!config_.wal_streaming_conninfo) return streaming();
  return once(parts_->wal_streaming, [&] {
    return postgres::Streaming(*config_.wal_streaming_conninfo, config_.patience(), parts_->connect);
  });
}

postgres::Server* Server::primary_postgres() {
  if (!config_.primary_conninfo) return nullptr;
  return &once(parts_->primary,
               [&] { return postgres::Server(*config_.primary_conninfo, config_.patience(), parts_->connect); });
}

}  // namespace barman::app
