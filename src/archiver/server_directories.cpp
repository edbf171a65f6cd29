#include "barman/archiver/server_directories.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "barman/core/error.h"
#include "barman/core/log.h"
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
    if (!config::is_store_url(path)) create_with_parents(path);
  }
}

HomeGuard::HomeGuard(const config::ServerConfig& config, const std::string& barman_home)
    : config_(config),
      identity_(config.backup_directory + "/identity.json"),
      note_(fmt::format("{}/.{}-home", barman_home, config.name)) {}

void HomeGuard::require_home() const {
  if (!fs::exists(note_) || fs::exists(identity_)) return;
  throw Error(Errc::refused,
              fmt::format("'{}' is not there, although '{}' says that server '{}' has been used: is its file system "
                          "mounted?",
                          identity_, note_, config_.name),
              fmt::format("mount it; if the server begins anew, remove '{}' or take a backup", note_));
}

void HomeGuard::note_home() const {
  if (fs::exists(note_) || !fs::exists(identity_)) return;
  try {
    fs::replace_file(note_, config_.backup_directory + "\n");
  } catch (const Error& error) {
    log::debug("barman.server", "Cannot note the home of server {}: {}", config_.name, error.what());
  }
}

}  // namespace barman::archiver
