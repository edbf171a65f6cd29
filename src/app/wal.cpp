#include "barman/app/wal.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "barman/app/check.h"
#include "barman/app/recovery_window.h"
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
#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"
#include "barman/postgres/server.h"
#include "barman/wal/segment.h"

namespace barman::app {
namespace {

using Action = ReceiveRequest::Action;

void require_streaming(const config::ServerConfig& config, std::string_view action) {
  if (config.live() && config.streams()) return;
  throw Error(Errc::config,
              fmt::format("Unable to {} a physical replication slot: streaming connection not configured", action));
}

void require_receiver(ServerContext& server) {
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

constexpr std::string_view logger = "barman.server";

std::string join_path(const std::string& directory, const std::string& name) {
  return directory.ends_with('/') ? directory + name : directory + '/' + name;
}

// Why a file cannot be made at `path`; 0 when nothing speaks against it.
int reason_not_to_write(const std::string& directory, const std::string& path) {
  if (fs::is_directory(path)) return EISDIR;
  if (::access(directory.c_str(), F_OK) != 0) return errno;
  if (!fs::is_directory(directory)) return ENOTDIR;
  return ::access(directory.c_str(), W_OK | X_OK) == 0 ? 0 : errno;
}

bool reader_has_gone(int fd) {
  struct ::pollfd poll {
    fd, POLLOUT, 0
  };
  return ::poll(&poll, 1, 0) > 0 && (poll.revents & POLLERR);
}

void send_to_file(const archive::WalSource& source, const std::string& path, const archive::Delivery& delivery) {
  const auto info = fs::stat_if_exists(path);
  if (info && !S_ISREG(info->st_mode)) {  // a pipe or a device has to stay what it is
    const UniqueFd fd = fs::open_file(path, O_WRONLY);
    return source.send(fd.get(), delivery);
  }
  fs::FileReplacement file(path);
  source.send(file.fd(), delivery);
  file.commit();
}

GetWalOutcome send_to_output(const archive::WalSource& source, int output, const archive::Delivery& delivery) {
  try {
    source.send(output, delivery);
  } catch (const Error& error) {
    if (error.code() != Errc::io || !reader_has_gone(output)) throw;
    log::info(logger, "The reader of {} has gone: {}", source.path(), error.what());
    return GetWalOutcome::reader_gone;
  }
  return GetWalOutcome::sent;
}

GetWalOutcome deliver(ServerContext& server, const GetWalRequest& request, int output) {
  const config::ServerConfig& config = server.config();
  std::string path;
  if (request.output_directory) {
    path = join_path(*request.output_directory, request.name);
    if (const int reason = reason_not_to_write(*request.output_directory, path)) {
      server.notifier().error(fmt::format("Unable to open '{0}' file{1}: [Errno {2}] {3}: '{0}'", path, request.sender,
                                          reason, std::strerror(reason)));
      return GetWalOutcome::unwritable;
    }
  }
  const auto source = server.archive().open(request.name, request.partial);
  if (!source) {
    server.notifier().error(
        fmt::format("WAL file '{}' not found in server '{}'{}", request.name, config.name, request.sender));
    return GetWalOutcome::not_found;
  }
  archive::Delivery delivery{.keep_compression = request.keep_compression};
  if (request.recompress) delivery.recompress = codec::parse_algorithm(*request.recompress);
  const std::string sending = fmt::format("Sending WAL '{}' for server '{}'",
                                          source->path().substr(source->path().rfind('/') + 1), config.name);
  if (path.empty()) {
    log::info(logger, "{} to standard output{}", sending, request.sender);
    return send_to_output(*source, output, delivery);
  }
  server.notifier().info(fmt::format("{} into '{}' file{}", sending, path, request.sender));
  send_to_file(*source, path, delivery);
  return GetWalOutcome::sent;
}

// Why nothing can be handed out, which has been reported.
std::optional<GetWalOutcome> refusal(ServerContext& server, const GetWalRequest& request) {
  if (!is_any_wal_name(request.name)) {
    server.notifier().error(fmt::format("'{}' is not a valid wal file name{}", request.name, request.sender));
    return GetWalOutcome::not_wal_name;
  }
  if (request.recompress && request.keep_compression) {
    server.notifier().error(
        fmt::format("argument `{}` not allowed with argument `keep-compression`", *request.recompress));
    return GetWalOutcome::contradiction;
  }
  return std::nullopt;
}

}  // namespace

void archive_wal(ServerContext& server) { archiver::archive_wal(server, archiver::Say::everything); }

void archive_pending_wal(ServerContext& server) { archiver::archive_wal(server, archiver::Say::what_is_done); }

bool wait_for_wal(ServerContext& server, const std::optional<std::string>& wal, std::chrono::seconds timeout) {
  return archiver::wait_for_wal(server, wal, timeout);
}

void switch_wal(ServerContext& server, const SwitchRequest& request) {
  const config::ServerConfig& config = server.config();
  if (config.passive()) {
    throw Error(Errc::refused, fmt::format("Unable to perform pg_switch_wal for server '{}'.", config.name),
                "it is a passive node: switch the WAL on its primary node");
  }
  const auto closed = archiver::switch_wal(server, request.force);
  if (!request.archive) return;
  wait_for_wal(server, closed, request.archive_timeout);
}

int receive_wal(ServerContext& server, const ReceiveRequest& request) {
  const config::ServerConfig& config = server.config();
  if (const std::string text = wal_overrides_text(config); !text.empty()) server.notifier().info(text);
  if (request.action == Action::create_slot) require_streaming(config, "create");
  if (request.action == Action::drop_slot) require_streaming(config, "drop");
  if (request.action == Action::stream || request.action == Action::reset) require_receiver(server);
  server.wal_postgres();  // one that is not configured is reported before anything else
  server.wal_streaming();
  switch (request.action) {
    case Action::create_slot:
      archiver::create_slot(server, request.if_not_exists);
      return 0;
    case Action::drop_slot:
      archiver::drop_slot(server);
      return 0;
    case Action::reset:
      archiver::reset_receiver(server);
      return 0;
    case Action::stream:
      break;
  }
  return archiver::receive_wal(server).ended_by;
}

void require_home(ServerContext& server) {
  archiver::HomeGuard(server.config(), server.global().barman_home).require_home();
}

void put_wal(ServerContext& server, int input, const std::string& sender) {
  const archiver::HomeGuard guard(server.config(), server.global().barman_home);
  guard.require_home();
  archiver::put_wal(server.archive(), server.notifier(), input, sender);
  guard.note_home();
}

void rebuild_xlogdb(ServerContext& server) {
  if (server.config().keeps_wal_in_store())
    throw Error(Errc::refused, "Rebuilding xlogdb is not supported for servers using cloud storage");
  const std::string& name = server.config().name;
  server.notifier().info(fmt::format("Rebuilding xlogdb for server {}", name));
  const archive::RebuildCounts counts = server.archive().rebuild_index();
  note_wal(server, std::chrono::steady_clock::now() + time_for_notes);
  server.notifier().info(
      fmt::format("Done rebuilding xlogdb for server {} (history: {}, backup_labels: {}, wal_file: {})", name,
                  counts.history, counts.backup_labels, counts.wal_files));
}

report::WalArchiveCheck check_wal_archive(ServerContext& server, std::optional<std::int64_t> timeline) {
  const std::string& name = server.config().name;
  report::WalArchiveCheck report{name, true, {}};
  if (const auto reason = archiver::archive_in_use(server.archive().index(), timeline)) {
    report.passed = false;
    report.failure = fmt::format("WAL archive check failed for server {}: {}", name, *reason);
  }
  return report;
}

report::WalRangeCheck check_archived_wal_range(ServerContext& server, const std::string& begin,
                                               const std::string& end) {
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

void require_retrievable(const config::ServerConfig& config) {
  if (!config.keeps_wal_in_store()) return;
  throw Error(Errc::refused,
              fmt::format("Cannot retrieve WAL file for server '{}' because it is configured with a cloud object "
                          "storage. WAL retrieval is only supported for local storages.",
                          config.name),
              fmt::format("barman cloud-wal-restore {} WAL_NAME WAL_DEST fetches it", config.name));
}

void require_wal_name(const std::string& path) {
  if (!is_any_wal_name(base_name(path)))
    throw Error(Errc::refused, fmt::format("File is not a valid WAL file: {}", path));
}

void require_wal_file(const std::string& path) {
  if (fs::is_directory(path)) throw Error(Errc::refused, fmt::format("wal_path cannot be a directory: {}", path));
  if (!fs::exists(path)) throw Error(Errc::refused, fmt::format("WAL file does not exist: {}", path));
  require_wal_name(path);
}

GetWalOutcome get_wal(ServerContext& server, const GetWalRequest& request, int output) {
  const auto refused = refusal(server, request);
  return refused ? *refused : deliver(server, request, output);
}

GetWalOutcome peek_wals(ServerContext& server, const GetWalRequest& request, std::int64_t count,
                        const std::function<void(const std::string&)>& visit) {
  if (const auto refused = refusal(server, request)) return *refused;
  for (const std::string& name : server.archive().peek(request.name, count)) visit(name);
  return GetWalOutcome::sent;
}

}  // namespace barman::app
