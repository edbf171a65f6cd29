#include "barman/archive/wal_queue.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "barman/archive/wal_file.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"

namespace barman::archive {

std::string_view to_string(Origin origin) {
  if (origin == Origin::pg_wal) return "pg_wal";
  return origin == Origin::streaming ? "streaming" : "file archival";
}

WalQueue::WalQueue(const config::ServerConfig& config, Origin origin)
    : origin_(origin),
      directory_(origin == Origin::streaming ? config.streaming_wals_directory : config.incoming_wals_directory) {}

std::string WalQueue::location(std::string_view name) const { return directory_ + '/' + std::string(name); }

bool WalQueue::holds(std::string_view name) const { return fs::lstat_if_exists(location(name)).has_value(); }

std::vector<std::string> WalQueue::names() const { return fs::list_directory_if_exists(directory_); }

std::optional<std::string> WalQueue::unfit(const std::string& name) const {
  const auto wal = parse_wal_name(name);
  if (!wal) return std::nullopt;
  // pg_receivewal makes a partial file empty, and fills it with zeros first.
  if (origin_ == Origin::streaming && wal->kind == WalKind::partial) return std::nullopt;
  const std::string path = location(name);
  const auto fd = fs::open_if_exists(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!fd) return std::nullopt;
  return plain_problem(*wal, fd->get(), path);
}

std::vector<Waiting> WalQueue::list() const {
  std::vector<Waiting> waiting;
  for (std::string& name : names()) {
    if (name.starts_with('.')) continue;
    // pg_receivewal may have renamed its partial file since: what is gone is not an unexpected object.
    const auto info = fs::lstat_if_exists(location(name));
    if (!info) continue;
    Waiting item{.name = std::move(name), .regular = S_ISREG(info->st_mode), .problem = {}};
    if (item.regular) item.problem = unfit(item.name);
    waiting.push_back(std::move(item));
  }
  return waiting;
}

}  // namespace barman::archive
