#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "barman/app/wal.h"
#include "barman/archive/wal_archive.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"

namespace barman::app {
namespace {

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

GetWalOutcome deliver(Server& server, const GetWalRequest& request, int output) {
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
std::optional<GetWalOutcome> refusal(Server& server, const GetWalRequest& request) {
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

void require_wal_name(const std::string& path) {
  if (!is_any_wal_name(base_name(path)))
    throw Error(Errc::refused, fmt::format("File is not a valid WAL file: {}", path));
}

void require_wal_file(const std::string& path) {
  if (fs::is_directory(path)) throw Error(Errc::refused, fmt::format("wal_path cannot be a directory: {}", path));
  if (!fs::exists(path)) throw Error(Errc::refused, fmt::format("WAL file does not exist: {}", path));
  require_wal_name(path);
}

GetWalOutcome get_wal(Server& server, const GetWalRequest& request, int output) {
  const auto refused = refusal(server, request);
  return refused ? *refused : deliver(server, request, output);
}

GetWalOutcome peek_wals(Server& server, const GetWalRequest& request, std::int64_t count,
                        const std::function<void(const std::string&)>& visit) {
  if (const auto refused = refusal(server, request)) return *refused;
  for (const std::string& name : server.archive().peek(request.name, count)) visit(name);
  return GetWalOutcome::sent;
}

}  // namespace barman::app
