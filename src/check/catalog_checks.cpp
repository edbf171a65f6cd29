#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "barman/archiver/server_directories.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/backup_chain.h"
#include "barman/core/error.h"
#include "barman/core/time.h"
#include "barman/exec/command.h"
#include "barman/fs/file.h"
#include "checks.h"
#include "inspection.h"
#include "judgement.h"

namespace barman::check {

Lines check_directories(Inspection& inspection) {
  if (inspection.disabled()) return {};
  try {
    archiver::create_server_directories(inspection.config());
    const config::ServerConfig& config = inspection.config();
    for (const std::string& path : {config.basebackups_directory, config.meta_directory(), config.wals_directory})
      if (path.find("://") == std::string::npos && ::access(path.c_str(), R_OK | W_OK | X_OK) != 0)
        return {failed(CheckId::directories, fmt::format("{}: {}", path, std::strerror(errno)))};
    return {passed(CheckId::directories)};
  } catch (const Error& error) {
    return {failed(CheckId::directories, error.what())};
  }
}

Lines check_retention_policy(Inspection& inspection) {
  return {line(CheckId::retention_policy, inspection.config().retention_policy_valid(), "see log")};
}

Lines check_backup_age(Inspection& inspection) {
  const catalog::BackupInfo* latest = inspection.latest_backup();
  std::optional<Micros> age;
  if (latest != nullptr && latest->end_time) age = now() - *latest->end_time;
  return {judge_backup_age(inspection.config().last_backup_maximum_age, age)};
}

std::int64_t last_backup_size(Inspection& inspection) {
  const catalog::BackupInfo* latest = inspection.latest_backup();
  return latest == nullptr ? 0 : latest->size.value_or(0);
}

Lines check_backup_size(Inspection& inspection) {
  return {judge_backup_size(inspection.config().last_backup_minimum_size, last_backup_size(inspection))};
}

// Encrypts a few bytes for the configured key, as the archiver will with every WAL file.
Lines check_encryption(Inspection& inspection) {
  const config::ServerConfig& config = inspection.config();
  if (!config.encryption) return {};
  if (const auto problem = encryption_problem(config)) return {failed(CheckId::encryption, *problem)};
  exec::Command command({"gpg", "--batch", "--yes", "--encrypt", "--recipient", *config.encryption_key_id},
                        exec::Limits::within(inspection.time_left().value_or(config.patience())));
  command.input = "barman encryption test";
  command.logger = "GPG";
  bool works = false;
  try {
    works = inspection.target().server.local().run(command).ok();
  } catch (const Error& error) {
  }
  inspection.time_left();
  return {works ? passed(CheckId::encryption, "encryption test succeeded")
                : failed(CheckId::encryption, "encryption test failed. Check the log file for more details")};
}

namespace {

// Incremental backups that cannot be restored because an ancestor is missing or not whole; the words name the first.
std::string describe_torn(const catalog::BackupCatalog& backups) {
  std::int64_t count = 0;
  std::string first;
  for (const auto& [id, backup] : backups.all()) {
    if (!backup.copy_done() || backup.type() != catalog::BackupType::incremental || backups.is_half_deleted(id))
      continue;
    const auto problem = problem_of(backups, chain_of(backups, backup), catalog::Look::entries);
    if (problem && count++ == 0) first = fmt::format("{}: {}", id, *problem);
  }
  return count == 0 ? "" : fmt::format(", {} cannot be restored: {}", count, first);
}

}  // namespace

Lines check_failed_backups(Inspection& inspection) {
  const catalog::BackupCatalog& backups = inspection.target().server.backups();
  const auto count = std::ranges::count_if(
      backups.all(), [](const auto& item) { return item.second.status == catalog::BackupStatus::failed; });
  const std::string torn = describe_torn(backups);
  std::string hint = fmt::format("there are {} failed backups", count) + torn;
  const auto& unreadable = backups.unreadable();
  if (!unreadable.empty()) {
    const auto& [id, reason] = *unreadable.begin();
    hint += fmt::format(", {} cannot be read: {}: {}", unreadable.size(), backups.readable_info_path(id),
                        first_line(reason.what()));
  }
  return {answer(CheckId::failed_backups, count == 0 && unreadable.empty() && torn.empty(), hint)};
}

Lines check_redundancy(Inspection& inspection) {
  const int have = inspection.target().server.backups().done_full_count();
  const std::int64_t needed = inspection.config().minimum_redundancy;
  return {answer(CheckId::redundancy, have >= needed,
                 fmt::format("have {} non-incremental backups, expected at least {}", have, needed))};
}

Lines check_configuration(Inspection& inspection) {
  if (!inspection.disabled()) return {};
  return {failed(CheckId::configuration)};
}

}  // namespace barman::check
