#include "barman/archiver/home_guard.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"

namespace barman::archiver {

HomeGuard::HomeGuard(const config::ServerConfig& config, const fs::LockDirectory& locks, const std::string& barman_home)
    : config_(config),
      locks_(locks),
      identity_(config.backup_directory + "/identity.json"),
      note_(fmt::format("{}/.{}-home", barman_home, config.name)) {}

void HomeGuard::require_home() const {
  if (fs::exists(identity_)) return;
  const bool noted = fs::exists(note_);
  const bool was_used = fs::exists(locks_.xlogdb());  // taken to write the index, and to read one that is there
  const bool has_index = fs::exists(fmt::format("{}/{}-xlog.db", config_.xlogdb_directory, config_.name));
  if (!noted && (!was_used || has_index)) return;
  throw Error(Errc::refused,
              fmt::format("'{}' is not there, although {} that server '{}' has been used: is its file system mounted?",
                          identity_, noted ? fmt::format("'{}' says", note_) : "its lock file says", config_.name),
              noted ? fmt::format("mount it; if the server begins anew, remove '{}' or take a backup", note_)
                    : "mount it; if the server begins anew, run barman lock-directory-cleanup");
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
