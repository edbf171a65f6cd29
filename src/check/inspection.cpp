#include "inspection.h"

#include <future>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/config/server_config.h"
#include "barman/core/error.h"
#include "barman/core/log.h"

namespace barman::check {
namespace {

using Clock = std::chrono::steady_clock;

// Not reachable is an answer; a deadline or a signal is not.
template <typename Connect>
Reachable try_to_reach(Connect connect) {
  try {
    connect();
    return {true, {}, {}};
  } catch (const Error& error) {
    if (error.code() == Errc::timeout) throw;
    log::warning("barman.postgres", "Error retrieving PostgreSQL status: {}", error.what());
    return {false, first_line(error.what()), error.what()};
  }
}

}  // namespace

Inspection::Inspection(Target& target, Deadline deadline) : target_(target), deadline_(deadline) {
  set_deadlines(deadline);
  target.server.set_deadline(deadline);
}

Inspection::~Inspection() { set_deadlines({}); }

void Inspection::set_deadlines(Deadline deadline) {
  for (postgres::Server* server : {target_.postgres, target_.wal_postgres, target_.primary}) {
    if (server != nullptr) server->set_deadline(deadline);
  }
  for (postgres::Streaming* streaming : {target_.streaming, target_.wal_streaming}) {
    if (streaming != nullptr) streaming->set_deadline(deadline);
  }
}

// Both connections are tried at the same time: a host that does not answer costs its timeout once.
const Reachable& Inspection::postgres() {
  if (!postgres_) {
    std::future<void> other;
    if (target_.postgres != nullptr && target_.streaming != nullptr && !streaming_)
      other = std::async(std::launch::async, [this] { streaming(); });
    postgres_ = target_.postgres == nullptr ? Reachable{} : try_to_reach([&] { target_.postgres->connect(); });
    if (other.valid()) other.get();
  }
  return *postgres_;
}

const Reachable& Inspection::streaming() {
  if (!streaming_) {
    streaming_ =
        target_.streaming == nullptr ? Reachable{} : try_to_reach([&] { identity_ = target_.streaming->identify(); });
  }
  return *streaming_;
}

const std::optional<postgres::StreamingIdentity>& Inspection::streaming_identity() {
  streaming();
  return identity_;
}

std::optional<int> Inspection::streaming_version() {
  if (!streaming().ok) return std::nullopt;
  return target_.streaming->version();
}

const std::optional<exec::PgTool>& Inspection::pg_basebackup() {
  if (!pg_basebackup_) pg_basebackup_ = exec::find_pg_basebackup(config().search_path());
  return *pg_basebackup_;
}

std::optional<std::string> Inspection::late_configuration_problem() {
  const bool applies = live() && config().by_pg_basebackup() && config().backup_compression;
  if (!applies || !postgres().ok || !pg_basebackup()) return std::nullopt;
  return config::backup_compression_problem(config(), pg_basebackup()->major(), target_.postgres->version() / 10000);
}

const catalog::WalWindow& Inspection::latest_window() {
  if (!window_) {
    window_.emplace();
    if (const catalog::BackupInfo* latest = latest_backup()) {
      const auto stop = [](const Error& damage) { throw damage; };
      window_ = catalog::wal_windows(target_.server.backups(), {latest}, target_.server.archive().index(),
                                     stop)[latest->backup_id];
    }
  }
  return *window_;
}

std::optional<std::chrono::milliseconds> Inspection::time_left() const {
  if (!deadline_) return std::nullopt;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - Clock::now());
  if (left.count() <= 0) throw Error(Errc::timeout, "barman check command timed out");
  return left;
}

std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

}  // namespace barman::check
