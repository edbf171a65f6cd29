#include "barman/archiver/waiting_wal.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "barman/archiver/wal_file.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "barman/wal/wal_content.h"

namespace barman::archiver {

std::optional<std::string> unfit_to_archive(Origin origin, const std::string& path, const std::string& name) {
  const auto wal = parse_wal_name(name);
  if (!wal) return std::nullopt;
  // pg_receivewal makes a partial file empty, and fills it with zeros first.
  if (origin == Origin::streaming && wal->kind == WalKind::partial) return std::nullopt;
  const auto fd = fs::open_if_exists(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!fd) return std::nullopt;
  return plain_problem(*wal, fd->get(), path);
}

std::vector<Waiting> list_waiting(Origin origin, const std::string& directory) {
  std::vector<Waiting> waiting;
  for (std::string& name : fs::list_directory_if_exists(directory)) {
    if (name.starts_with('.')) continue;
    const std::string path = directory + '/' + name;
    // pg_receivewal may have renamed its partial file since: what is gone is no unexpected object.
    const auto info = fs::lstat_if_exists(path);
    if (!info) continue;
    Waiting item{.name = std::move(name), .regular = S_ISREG(info->st_mode), .problem = {}};
    if (item.regular) item.problem = unfit_to_archive(origin, path, item.name);
    waiting.push_back(std::move(item));
  }
  return waiting;
}

}  // namespace barman::archiver
