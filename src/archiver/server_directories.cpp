#include "barman/archiver/server_directories.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::archiver {
namespace {

[[noreturn]] void refuse(const std::string& path, int error_number) {
  throw Error(Errc::io, fmt::format("{}: {}", path, std::strerror(error_number)),
              "check the owner and the mode of the directories above it");
}

void create_with_parents(const std::string& path) {
  if (fs::is_directory(path)) return;
  const std::string parent = fs::parent_directory(path);
  if (parent != path) create_with_parents(parent);
  if (::mkdir(path.c_str(), fs::default_directory_mode) == 0) return;
  const int failure = errno;
  if (failure != EEXIST || !fs::is_directory(path)) refuse(path, failure);
}

}  // namespace

std::vector<std::string> server_directories(const config::ServerConfig& config) {
  return {config.backup_directory,        config.basebackups_directory,    config.errors_directory,
          config.incoming_wals_directory, config.streaming_wals_directory, config.wals_directory,
          config.xlogdb_directory,        config.meta_directory()};
}

void create_server_directories(const config::ServerConfig& config) {
  for (const std::string& path : server_directories(config)) {
    if (path.find("://") == std::string::npos) create_with_parents(path);
  }
}

}  // namespace barman::archiver
