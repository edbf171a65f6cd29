#include "barman/archiver/home_guard.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"

namespace barman::archiver {

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
