#pragma once
#include <memory>
#include <optional>
#include <string>

#include "barman/config/configuration.h"
#include "barman/report/notifier.h"

namespace barman::archive {
class WalArchive;
}  // namespace barman::archive
namespace barman::catalog {
class Annotations;
class BackupCatalog;
}  // namespace barman::catalog
namespace barman::exec {
class LocalRunner;
class Runner;
}  // namespace barman::exec
namespace barman::fs {
class Host;
class LockDirectory;
}  // namespace barman::fs
namespace barman::postgres {
class Server;
class Streaming;
struct Connect;
}  // namespace barman::postgres

namespace barman::app {

// The collaborators of one server, each built when it is first asked for: a command pays for what it uses. Jobs are
// given the collaborators they need, never this object. Whoever starts them needs none of these, and sees just names.
class Server {
 public:
  Server(const config::GlobalConfig& global, const config::ServerConfig& config, Notifier& notifier);
  // `connect`: how PostgreSQL is reached. Tests fake it.
  Server(const config::GlobalConfig& global, const config::ServerConfig& config, Notifier& notifier,
         const postgres::Connect& connect);
  ~Server();
  Server(Server&&) noexcept;

  const config::GlobalConfig& global() const { return global_; }
  const config::ServerConfig& config() const { return config_; }
  Notifier& notifier() { return notifier_; }
  const postgres::Connect& connect() const;
  const fs::LockDirectory& locks() const;

  catalog::BackupCatalog& backups();
  catalog::Annotations& annotations();
  archive::WalArchive& archive();
  exec::LocalRunner& local();  // children here, path_prefix applied
  fs::Host& local_host();
  fs::Host& postgres_host();         // where PGDATA is: ssh_command with the batch options, or this machine
  postgres::Server& postgres();      // conninfo; throws Error(config) when there is none
  postgres::Streaming& streaming();  // streaming_conninfo (default conninfo)
  // Connections with wal_conninfo / wal_streaming_conninfo applied where set.
  postgres::Server& wal_postgres();
  postgres::Streaming& wal_streaming();
  postgres::Server* primary_postgres();  // primary_conninfo; nullptr without one

 private:
  const config::GlobalConfig& global_;
  const config::ServerConfig& config_;
  Notifier& notifier_;
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace barman::app
