#include <fmt/core.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "barman/archiver/server_directories.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/backup_chain.h"
#include "barman/cloud_copy/copy.h"
#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/core/time.h"
#include "barman/fs/file.h"
#include "checks.h"
#include "inspection.h"
#include "judgement.h"

namespace barman::check {
namespace {

constexpr const char* logger = "barman.server";

}  // namespace

Lines check_directories(Inspection& inspection) {
  if (inspection.disabled()) return {};
  try {
    archiver::create_server_directories(inspection.config());
    const config::ServerConfig& config = inspection.config();
    for (const std::string& path : {config.basebackups_directory, config.meta_directory(), config.wals_directory})
      if (!config::is_store_url(path) && ::access(path.c_str(), R_OK | W_OK | X_OK) != 0)
        return {failed(CheckId::directories, fmt::format("{}: {}", path, std::strerror(errno)))};
    return {passed(CheckId::directories)};
  } catch (const Error& error) {
    return {failed(CheckId::directories, error.what())};
  }
}

Lines check_retention_policy(Inspection& inspection) {
  return {line(CheckId::retention_policy,
               inspection.config().retention_policy_valid() && inspection.config().retention_calendar_valid(),
               "see log")};
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

namespace {

// A file in memory, at its end.
UniqueFd in_memory(std::string_view content) {
  UniqueFd fd(::memfd_create("barman", MFD_CLOEXEC));
  if (!fd) throw_errno("create", "file in memory");
  fs::write_all(fd.get(), content, "file in memory");
  return fd;
}

void rewind(const UniqueFd& fd) {
  if (::lseek(fd.get(), 0, SEEK_SET) != 0) throw_errno("seek in", "file in memory");
}

codec::Recipe by_gpg(Inspection& inspection) {
  codec::Gpg gpg = *inspection.target().server.gpg();
  gpg.patience = std::max(std::chrono::milliseconds(1), inspection.time_left().value_or(gpg.patience));
  return {{.algorithm = codec::Algorithm::gpg, .gpg = std::make_shared<const codec::Gpg>(std::move(gpg))}};
}

// Encrypts a few bytes for the configured key, as the archiver will with every WAL file.
UniqueFd encrypted_sample(Inspection& inspection) {
  const UniqueFd clear = in_memory("barman encryption test");
  UniqueFd encrypted = in_memory("");
  rewind(clear);
  codec::encode(clear.get(), encrypted.get(), by_gpg(inspection), "a sample");
  rewind(encrypted);
  return encrypted;
}

}  // namespace

// Secret keys get lost unnoticed: where the passphrase is there to be asked for, the sample is decrypted again.
Lines check_encryption(Inspection& inspection) {
  const config::ServerConfig& config = inspection.config();
  if (!config.encryption) return {};
  if (const auto problem = config::encryption_problem(config)) return {failed(CheckId::encryption, *problem)};
  UniqueFd sample;
  try {
    sample = encrypted_sample(inspection);
  } catch (const Error& error) {
    inspection.time_left();
    log::warning(logger, "{}", error.what());
    return {failed(CheckId::encryption, "encryption test failed. Check the log file for more details")};
  }
  Lines lines{passed(CheckId::encryption, "encryption test succeeded")};
  if (!config.encryption_passphrase_command) return lines;
  try {
    codec::inspect(sample.get(), by_gpg(inspection), "a sample", [](std::string_view) {});
  } catch (const Error& error) {
    inspection.time_left();
    log::warning(logger, "{}", error.what());
    lines.push_back(failed(CheckId::decryption, join(split(error.what(), '\n'), ", ")));
  }
  return lines;
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

// Looks at this machine alone, but for what the configuration of the store says about itself.
Lines check_cloud_copy(Inspection& inspection) {
  if (!inspection.config().cloud_copy) return {};
  ServerContext& server = inspection.target().server;
  const report::CloudCopy copy = cloud_copy::standing(server);
  if (copy.problem.empty()) server.copy_place();
  return {judge_cloud_copy(copy, now())};
}

Lines check_configuration(Inspection& inspection) {
  if (!inspection.disabled()) return {};
  return {failed(CheckId::configuration)};
}

}  // namespace barman::check
