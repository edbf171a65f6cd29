#include "barman/restore/measured_restores.h"

#include <optional>
#include <string>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"
#include "barman/fs/recent_lines.h"

namespace barman::restore {

namespace {

constexpr std::string_view logger = "barman.restore";

std::string path_of(const config::ServerConfig& config) { return config.backup_directory + "/.restore-history"; }

std::optional<fs::LockFile> acquire_soon(const std::string& path) {
  constexpr int most_looks = 20, pause_ms = 50;
  for (int look = 1;; ++look) {
    auto lock = fs::LockFile::try_acquire(path);
    if (lock || look == most_looks || !signals::sleep_ms(pause_ms)) return lock;
  }
}

}  // namespace

std::vector<report::MeasuredRestore> load_measured(const config::ServerConfig& config) {
  std::vector<report::MeasuredRestore> restores;
  for (const std::string& line : fs::recent_lines(path_of(config))) {
    if (auto restore = report::parse_measured_restore(line))
      restores.push_back(std::move(*restore));
    else
      log::warning(logger, "ignoring a line of '{}' that is no restore", path_of(config));
  }
  return restores;
}

void remember(const config::ServerConfig& config, const fs::LockDirectory& locks,
              const report::MeasuredRestore& restore) {
  if (config.is_second_copy || !fs::is_directory(config.backup_directory)) return;
  try {
    auto lock = acquire_soon(locks.restore_history());
    if (!lock) {
      log::warning(logger, "'{}' is locked: how long the restore of backup {} took is not remembered",
                   locks.restore_history(), restore.backup_id);
      return;
    }
    lock->remove_on_release();
    fs::remember_line(path_of(config), report::to_json_text(restore), most_remembered);
  } catch (const Error& error) {
    log::warning(logger, "How long the restore of backup {} took is not remembered, estimates will do without it: {}",
                 restore.backup_id, error.what());
  }
}

}  // namespace barman::restore
