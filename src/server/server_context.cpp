#include "barman/server/server_context.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/archive/wal_archive.h"
#include "barman/archive/wal_file.h"
#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/cloud/mirror.h"
#include "barman/cloud/place.h"
#include "barman/core/error.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/host.h"
#include "barman/fs/lock_file.h"
#include "barman/hooks/hooks.h"
#include "barman/postgres/server.h"

namespace barman {
namespace {

template <typename Part, typename Make>
Part& once(std::unique_ptr<Part>& slot, Make make) {
  if (!slot) slot = make();
  return *slot;
}

std::string required(const config::Text& conninfo, std::string_view option, const std::string& server) {
  if (conninfo) return *conninfo;
  throw Error(Errc::config, fmt::format("Missing '{}' parameter for server '{}'", option, server),
              fmt::format("set {} in the [{}] section of the configuration", option, server));
}

}  // namespace

struct ServerContext::Parts {
  Parts(fs::LockDirectory directory, const Given& by_caller, postgres::Connect how)
      : locks(std::move(directory)), given(by_caller), connect(std::move(how)) {}
  const fs::LockDirectory locks;
  const Given given;
  const postgres::Connect connect;
  std::unique_ptr<catalog::BackupCatalog> backups;
  std::unique_ptr<catalog::Annotations> annotations;
  std::unique_ptr<archive::WalArchive> archive;
  std::unique_ptr<exec::Runner> local;
  std::unique_ptr<fs::Host> local_host, postgres_host, primary_host;
  std::unique_ptr<postgres::Server> postgres, wal_postgres, primary;
  std::unique_ptr<postgres::Streaming> streaming, wal_streaming;
  std::unique_ptr<hooks::Hooks> hooks;
  std::shared_ptr<const codec::Gpg> gpg;
  std::unique_ptr<const cloud::Place> backup_place, wal_place, copy_place;
  std::unique_ptr<catalog::Mirror> mirror;
  Deadline deadline;

  cloud::Place open(const std::string& url, const config::ServerConfig& config, std::uint64_t bytes_per_second) const {
    if (given.open_place) return given.open_place(url, config);
    return cloud::open_place(url, config, {.bytes_per_second = bytes_per_second, .deadline = deadline});
  }
  const cloud::Place* place(std::unique_ptr<const cloud::Place>& slot, const std::string& directory,
                            const config::ServerConfig& config, std::uint64_t bytes_per_second = 0) {
    if (!config::is_store_url(directory)) return nullptr;
    return &once(slot, [&] { return std::make_unique<const cloud::Place>(open(directory, config, bytes_per_second)); });
  }
};

archive::WalArchive& ServerContext::archive_of(Parts& parts, const config::ServerConfig& config) {
  const auto open_place = [&parts, &config]() -> const cloud::Place& {
    return *parts.place(parts.wal_place, config.wals_directory, config);
  };
  return once(parts.archive, [&] {
    auto archive = std::make_unique<archive::WalArchive>(config, parts.locks, open_place);
    archive->set_deadline(parts.deadline);
    return archive;
  });
}

ServerContext::ServerContext(const config::GlobalConfig& global, const config::ServerConfig& config, Notifier& notifier)
    : ServerContext(global, config, notifier, postgres::connect_as_barman) {}

ServerContext::ServerContext(const config::GlobalConfig& global, const config::ServerConfig& config, Notifier& notifier,
                             const postgres::Connect& connect)
    : global_(global),
      config_(config),
      notifier_(notifier),
      parts_(std::make_unique<Parts>(fs::LockDirectory(global.barman_lock_directory, config.name), Given{}, connect)) {}

ServerContext::ServerContext(const config::GlobalConfig& global, const config::ServerConfig& config, Notifier& notifier,
                             const Given& given)
    : global_(global),
      config_(config),
      notifier_(notifier),
      parts_(std::make_unique<Parts>(fs::LockDirectory(global.barman_lock_directory, config.name), given,
                                     given.connect != nullptr ? *given.connect : postgres::connect_as_barman)) {}

ServerContext ServerContext::with(const config::ServerConfig& config) const {
  ServerContext other(global_, config, notifier_, parts_->given);
  other.parts_ = std::make_unique<Parts>(parts_->locks, parts_->given, parts_->connect);
  return other;
}

ServerContext::~ServerContext() = default;
ServerContext::ServerContext(ServerContext&&) noexcept = default;

const postgres::Connect& ServerContext::connect() const { return parts_->connect; }

const fs::LockDirectory& ServerContext::locks() const { return parts_->locks; }

bool ServerContext::offline() const { return parts_->given.offline; }

catalog::BackupCatalog& ServerContext::backups() {
  // Not `this`, which may be moved.
  const auto history = [parts = parts_.get(), &config = config_](std::uint32_t timeline) {
    if (parts->given.offline && config.keeps_wal_in_store()) return std::optional<std::string>();
    return archive_of(*parts, config).history(timeline);
  };
  return once(parts_->backups, [&] { return std::make_unique<catalog::BackupCatalog>(config_, history, mirroring()); });
}

// A server that is not active is one whose backups another host takes.
catalog::Mirroring ServerContext::mirroring() {
  if (offline()) return {};
  const cloud::Place* place = backup_place();
  if (place == nullptr) return {};
  return {&once(parts_->mirror, [&] { return cloud::make_mirror(*place); }), !config_.active};
}

catalog::Annotations& ServerContext::annotations() {
  return once(parts_->annotations, [&] { return std::make_unique<catalog::Annotations>(config_, mirroring()); });
}

archive::WalArchive& ServerContext::archive() { return archive_of(*parts_, config_); }

const hooks::Hooks& ServerContext::hooks() {
  return once(parts_->hooks, [&] { return std::make_unique<hooks::Hooks>(config_, global_.file, local()); });
}

void ServerContext::set_deadline(const Deadline& deadline) {
  parts_->deadline = deadline;
  if (parts_->archive) parts_->archive->set_deadline(deadline);
}

const cloud::Place* ServerContext::backup_place() {
  return parts_->place(parts_->backup_place, config_.basebackups_directory, config_);
}

std::unique_ptr<const cloud::Place> ServerContext::limited_backup_place(std::uint64_t bytes_per_second) const {
  return std::make_unique<const cloud::Place>(parts_->open(config_.basebackups_directory, config_, bytes_per_second));
}

const cloud::Place* ServerContext::wal_place() {
  return parts_->place(parts_->wal_place, config_.wals_directory, config_);
}

const cloud::Place* ServerContext::copy_place() {
  constexpr std::int64_t kilobyte = 1024;
  const auto limit = static_cast<std::uint64_t>(std::max<std::int64_t>(0, config_.bandwidth_limit.value_or(0)));
  return parts_->place(parts_->copy_place, config_.cloud_copy.value_or(""), config_, limit * kilobyte);
}

const std::shared_ptr<const codec::Gpg>& ServerContext::gpg() {
  if (!parts_->gpg) parts_->gpg = archive::gpg_settings(config_);
  return parts_->gpg;
}

exec::Runner& ServerContext::local() {
  if (parts_->given.local != nullptr) return *parts_->given.local;
  return once(parts_->local, [&] { return std::make_unique<exec::LocalRunner>(config_.search_path()); });
}

fs::Host& ServerContext::local_host() {
  if (parts_->given.local_host != nullptr) return *parts_->given.local_host;
  return once(parts_->local_host, [&] { return fs::make_local_host(config_.patience(), config_.search_path()); });
}

fs::Host& ServerContext::postgres_host() {
  if (parts_->given.postgres_host != nullptr) return *parts_->given.postgres_host;
  return once(parts_->postgres_host, [&] {
    return fs::make_host(config_.ssh_command, fs::batch_ssh_options(), config_.patience(), config_.search_path());
  });
}

fs::Host& ServerContext::primary_host() {
  if (parts_->given.primary_host != nullptr) return *parts_->given.primary_host;
  return once(parts_->primary_host, [&] {
    return fs::make_remote_host(config_.primary_ssh_command.value(), {}, config_.patience(), config_.search_path());
  });
}

postgres::Server& ServerContext::postgres() {
  return once(parts_->postgres, [&] {
    return std::make_unique<postgres::Server>(required(config_.conninfo, "conninfo", config_.name), config_.patience(),
                                              parts_->connect);
  });
}

postgres::Streaming& ServerContext::streaming() {
  return once(parts_->streaming, [&] {
    return std::make_unique<postgres::Streaming>(
        required(config_.conninfo_for_streaming(), "streaming_conninfo", config_.name), config_.patience(),
        parts_->connect);
  });
}

postgres::Server& ServerContext::wal_postgres() {
  const config::Text& conninfo = config_.wal_conninfo_override();
  if (!conninfo) return postgres();
  return once(parts_->wal_postgres,
              [&] { return std::make_unique<postgres::Server>(*conninfo, config_.patience(), parts_->connect); });
}

postgres::Streaming& ServerContext::wal_streaming() {
  const config::Text& conninfo = config_.wal_streaming_conninfo;
  if (!conninfo) return streaming();
  return once(parts_->wal_streaming,
              [&] { return std::make_unique<postgres::Streaming>(*conninfo, config_.patience(), parts_->connect); });
}

postgres::Server* ServerContext::primary_postgres() {
  const config::Text& conninfo = config_.primary_conninfo;
  if (!conninfo) return nullptr;
  return &once(parts_->primary,
               [&] { return std::make_unique<postgres::Server>(*conninfo, config_.patience(), parts_->connect); });
}

}  // namespace barman
