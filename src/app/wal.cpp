#include "barman/app/wal.h"

#include <fmt/core.h>

#include "barman/app/check.h"
#include "barman/app/status.h"
#include "barman/archive/wal_archive.h"
#include "barman/archiver/archive_check.h"
#include "barman/archiver/archive_wal.h"
#include "barman/archiver/put_wal.h"
#include "barman/archiver/receive_wal.h"
#include "barman/archiver/server_directories.h"
#include "barman/archiver/switch_wal.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/xlogdb.h"
#include "barman/core/error.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/lock_file.h"
#include "barman/postgres/server.h"

namespace barman::app {
namespace {

using Action = ReceiveRequest::Action;

archiver::Archiving archiving(Server& server) {
  return {.config = server.config(),
          .locks = server.locks(),
          .archive = server.archive(),
          .notifier = server.notifier(),
          .local = server.local(),
          .configuration_file = server.global().file};
}

void require_streaming(const config::ServerConfig& config, std::string_view action) {
  if (config.live() && config.streams()) return;
  throw Error(Errc::config,
              fmt::format("Unable to {} a physical replication slot: streaming connection not configured", action));
}

void require_receiver(Server& server) {
  if (!server.config().streaming_archiver) {
    throw Error(
        Errc::config,
        "Unable to start receive-wal process: streaming_archiver option set to 'off' in barman configuration file");
  }
  if (ready_for_streaming(server)) return;
  throw Error(Errc::refused,
              fmt::format("Impossible to start WAL streaming. Check the log for more details, or run 'barman "
                          "check {}'",
                          server.config().name));
}

}  // namespace

void archive_wal(Server& server) { archiver::archive_wal(archiving(server), archiver::Say::everything); }

void archive_pending_wal(Server& server) { archiver::archive_wal(archiving(server), archiver::Say::what_is_done); }

bool wait_for_wal(Server& server, const std::optional<std::string>& wal, std::chrono::seconds timeout) {
  return archiver::wait_for_wal(archiving(server), wal, timeout);
}

void switch_wal(Server& server, const SwitchRequest& request) {
  const config::ServerConfig& config = server.config();
  if (config.passive()) {
    throw Error(Errc::refused, fmt::format("Unable to perform pg_switch_wal for server '{}'.", config.name),
                "it is a passive node: switch the WAL on its primary node");
  }
  const archiver::SwitchTarget target{config.name, server.postgres(), server.primary_postgres()};
  const auto closed = archiver::switch_wal(target, request.force, server.notifier());
  if (!request.archive) return;
  wait_for_wal(server, closed, request.archive_timeout);
}

int receive_wal(Server& server, const ReceiveRequest& request) {
  const config::ServerConfig& config = server.config();
  if (const std::string text = wal_overrides_text(config); !text.empty()) server.notifier().info(text);
  if (request.action == Action::create_slot) require_streaming(config, "create");
  if (request.action == Action::drop_slot) require_streaming(config, "drop");
  if (request.action == Action::stream || request.action == Action::reset) require_receiver(server);
  const archiver::Receiving receiving{.config = config,
                                      .locks = server.locks(),
                                      .postgres = server.wal_postgres(),
                                      .streaming = server.wal_streaming(),
                                      .local = server.local(),
                                      .notifier = server.notifier()};
  switch (request.action) {
    case Action::create_slot:
      archiver::create_slot(receiving, request.if_not_exists);
      return 0;
    case Action::drop_slot:
      archiver::drop_slot(receiving);
      return 0;
    case Action::reset:
      archiver::reset_receiver(receiving);
      return 0;
    case Action::stream:
      break;
  }
  return archiver::receive_wal(receiving).ended_by;
}

void require_home(Server& server) { archiver::HomeGuard(server.config(), server.global().barman_home).require_home(); }

void put_wal(Server& server, int input, const std::string& sender) {
  const archiver::HomeGuard guard(server.config(), server.global().barman_home);
  guard.require_home();
  archiver::put_wal(server.archive(), server.notifier(), input, sender);
  guard.note_home();
}

void rebuild_xlogdb(Server& server) {
  const std::string& name = server.config().name;
  server.notifier().info(fmt::format("Rebuilding xlogdb for server {}", name));
  const archive::RebuildCounts counts = server.archive().rebuild_index();
  server.notifier().info(
      fmt::format("Done rebuilding xlogdb for server {} (history: {}, backup_labels: {}, wal_file: {})", name,
                  counts.history, counts.backup_labels, counts.wal_files));
}

report::WalArchiveCheck check_wal_archive(Server& server, std::optional<std::int64_t> timeline) {
  const std::string& name = server.config().name;
  report::WalArchiveCheck report{name, true, {}};
  if (const auto reason = archiver::archive_in_use(server.archive().index(), timeline)) {
    report.passed = false;
    report.failure = fmt::format("WAL archive check failed for server {}: {}", name, *reason);
  }
  return report;
}

report::WalRangeCheck check_archived_wal_range(Server& server, const std::string& begin, const std::string& end) {
  const config::ServerConfig& config = server.config();
  const archiver::SegmentRange range = archiver::parse_segment_range(begin, end);
  report::WalRangeCheck report{config.name, begin, end, std::nullopt, {}};
  const catalog::BackupInfo* latest = server.backups().latest();
  if (latest == nullptr) {
    report.failure = fmt::format("No backup found for server '{}': cannot determine WAL segment size", config.name);
    return report;
  }
  server.notifier().debug(fmt::format("\tChecking WAL sequence from {} to {}", begin, end));
  report.missing = archiver::missing_segments(range, static_cast<std::uint64_t>(latest->xlog_segment_size),
                                              [&](const std::string& name) { return server.archive().holds(name); });
  if (!report.missing->empty())
    report.failure = fmt::format("WAL sequence check failed for server '{}': {} missing segment(s) in range {}..{}",
                                 config.name, report.missing->size(), begin, end);
  return report;
}

}  // namespace barman::app
