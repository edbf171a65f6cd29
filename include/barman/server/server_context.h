#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "barman/config/configuration.h"
#include "barman/core/deadline.h"
#include "barman/report/notifier.h"

namespace barman::archive {
class WalArchive;
}
namespace barman::catalog {
class Annotations;
class BackupCatalog;
struct Mirroring;
}  // namespace barman::catalog
namespace barman::cloud {
struct Place;
}
namespace barman::codec {
struct Gpg;
}
namespace barman::exec {
class Runner;
}
namespace barman::fs {
class Host;
class LockDirectory;
}  // namespace barman::fs
namespace barman::hooks {
class Hooks;
}
namespace barman::postgres {
struct Connect;
class Server;
class Streaming;
}  // namespace barman::postgres

namespace barman {

// One server, as every job on it gets it: its configuration, and what the work
// is done with. Each part is built when it is first asked for, so a command
// pays for what it uses; a job takes the context beside its own request, and
// asks for the parts that it needs. Not to be shared by threads.
//
// The parts are only named here: whoever starts jobs sees none of their layers,
// whoever does them includes what it uses.
class ServerContext {
 public:
  // Used instead of what the configuration leads to: fakes, in tests.
  struct Given {
    exec::Runner* local = nullptr;
    fs::Host* local_host = nullptr;
    fs::Host* postgres_host = nullptr;
    fs::Host* primary_host = nullptr;
    const postgres::Connect* connect = nullptr;  // how PostgreSQL is reached
    std::function<cloud::Place(const std::string& url, const config::ServerConfig& config)> open_place{};
    // Only this machine's files are looked at: what is in an object store, or encrypted, is not known.
    bool offline = false;
  };

  // All must outlive it.
  ServerContext(const config::GlobalConfig& global, const config::ServerConfig& config, Notifier& notifier);
  ServerContext(const config::GlobalConfig& global, const config::ServerConfig& config, Notifier& notifier,
                const Given& given);
  // `connect`: how PostgreSQL is reached. Tests fake it.
  ServerContext(const config::GlobalConfig& global, const config::ServerConfig& config, Notifier& notifier,
                const postgres::Connect& connect);
  ~ServerContext();
  ServerContext(ServerContext&&) noexcept;

  // The same server with another configuration, which must outlive what is returned.
  ServerContext with(const config::ServerConfig& config) const;

  const config::GlobalConfig& global() const { return global_; }
  const config::ServerConfig& config() const { return config_; }
  Notifier& notifier() const { return notifier_; }
  const postgres::Connect& connect() const;
  const fs::LockDirectory& locks() const;
  bool offline() const;  // see Given

  catalog::BackupCatalog& backups();
  catalog::Annotations& annotations();
  archive::WalArchive& archive();
  const hooks::Hooks& hooks();

  // For a look that must not take longer: after this moment no store is asked anything, and whoever reads the index of
  // the WAL does not wait for its lock any more; both throw Error(timeout). To be said before anything else.
  void set_deadline(const Deadline& deadline);
  // Where this server keeps its base backups, and its WAL, in an object store; nullptr: in a directory here. Opened
  // when first asked for, which asks nothing of the store.
  const cloud::Place* backup_place();
  const cloud::Place* wal_place();
  // The first once more, for work that is to send no more than so much. There must be one.
  std::unique_ptr<const cloud::Place> limited_backup_place(std::uint64_t bytes_per_second) const;
  // Where its second copy is (cloud_copy); nullptr without one. The same; sends no more than bandwidth_limit.
  const cloud::Place* copy_place();

  // What encrypts for this server, and decrypts what was encrypted for it:
  // the gpg of a codec::Stage. Its passphrase is nullptr without
  // encryption_passphrase_command, which is run once in a process, when the
  // first file is decrypted.
  const std::shared_ptr<const codec::Gpg>& gpg();

  exec::Runner& local();  // children here, path_prefix applied
  fs::Host& local_host();
  fs::Host& postgres_host();  // where PGDATA is: ssh_command with the batch
                              // options, or this machine
  fs::Host& primary_host();   // of a passive node: the machine of its primary
                              // node (primary_ssh_command)

  postgres::Server& postgres();      // conninfo; throws Error(config) when there is none
  postgres::Streaming& streaming();  // streaming_conninfo (default conninfo)
  // Connections with wal_conninfo / wal_streaming_conninfo applied where set.
  postgres::Server& wal_postgres();
  postgres::Streaming& wal_streaming();
  postgres::Server* primary_postgres();  // primary_conninfo; nullptr without one

 private:
  catalog::Mirroring mirroring();
  const config::GlobalConfig& global_;
  const config::ServerConfig& config_;
  Notifier& notifier_;
  struct Parts;
  static archive::WalArchive& archive_of(Parts& parts, const config::ServerConfig& config);
  std::unique_ptr<Parts> parts_;
};

}  // namespace barman
