#include "backup_hook.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "command.h"

namespace barman::cloud::cli {
namespace {

std::string required(const Environment& environment, const char* name) {
  const char* const value = environment(name);
  if (value == nullptr) throw Error(Errc::usage, fmt::format("{} environment variable not set", name));
  return value;
}

std::string text_of(const Environment& environment, const char* name) {
  const char* const value = environment(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::optional<FinishedBackup> backup_of_hook(const Environment& environment) {
  const std::string hook = text_of(environment, "BARMAN_HOOK"), phase = text_of(environment, "BARMAN_PHASE");
  if (hook.empty() && phase.empty()) return std::nullopt;
  if ((hook != "backup_script" && hook != "backup_retry_script") || phase != "post")
    throw Error(Errc::usage, fmt::format("barman-cloud-backup called as unsupported hook script: {}_{}", phase, hook));
  FinishedBackup backup;
  backup.directory = required(environment, "BARMAN_BACKUP_DIR");
  backup.id = required(environment, "BARMAN_BACKUP_ID");
  const std::string status = required(environment, "BARMAN_STATUS");
  if (status != "DONE")
    throw Failure(exit_not_done,
                  fmt::format("backup in '{}' has status '{}' (status should be: DONE)", backup.directory, status));
  backup.info_path = required(environment, "BARMAN_BACKUP_INFO_PATH");
  return backup;
}

}  // namespace barman::cloud::cli
