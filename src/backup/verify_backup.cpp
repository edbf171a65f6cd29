#include "barman/backup/verify_backup.h"

#include <fmt/core.h>

#include "barman/core/text.h"
#include "barman/exec/pg_tools.h"
#include "manifest_check.h"

namespace barman::backup {
namespace {

constexpr int first_to_read_tar = 18;  // major version of pg_verifybackup

bool is_packed(const catalog::BackupInfo& backup) { return backup.compression && !backup.compression->empty(); }

void tell_failure(const std::string& directory, const std::string& text, Notifier& notifier) {
  notifier.error(fmt::format("verify backup failure on directory '{}'", directory));
  notifier.error(text);
}

void verify_with(const exec::PgTool& tool, bool packed, const std::string& directory, exec::Runner& local,
                 Notifier& notifier) {
  if (packed && tool.major() < first_to_read_tar) {
    notifier.error(
        fmt::format("Verification of tar format backups requires pg_verifybackup from Postgres 18 or newer (found {})",
                    tool.version));
    return;
  }
  exec::Command command({tool.path, "-n", directory}, exec::Limits::none());
  if (packed) command.argv.insert(command.argv.end(), {"-F", "tar"});
  command.logger = "PgVerifyBackup";
  const exec::Outcome outcome = local.run(command);
  if (outcome.ok()) {
    notifier.info(trim(outcome.out));
    return;
  }
  tell_failure(directory, outcome.err.empty() ? describe(command, outcome) : outcome.err, notifier);
}

void verify_here(const std::string& directory, Notifier& notifier) {
  notifier.info("pg_verifybackup not found: comparing with backup_manifest without it");
  const ManifestProblems problems = check_against_manifest(directory);
  if (problems.count == 0) {
    notifier.info("backup successfully verified");
    return;
  }
  std::string text;
  for (const std::string& problem : problems.told) text += problem + '\n';
  if (problems.count > problems.told.size())
    text += fmt::format("and {} more\n", problems.count - problems.told.size());
  tell_failure(directory, text, notifier);
}

}  // namespace

void verify_backup(const config::ServerConfig& config, const catalog::BackupInfo& backup,
                   const std::string& data_directory, exec::Runner& local, Notifier& notifier) {
  if (backup.encryption) {
    notifier.error("Backup verification is not supported for encrypted backups");
    return;
  }
  const auto tool = exec::find_pg_verifybackup(config.path_prefix.value_or(""));
  if (!tool && is_packed(backup)) {
    notifier.error(
        "Verification of tar format backups requires pg_verifybackup from Postgres 18 or newer (found none)");
    return;
  }
  if (!tool) return verify_here(data_directory, notifier);
  notifier.info("Calling pg_verifybackup");
  verify_with(*tool, is_packed(backup), data_directory, local, notifier);
}

}  // namespace barman::backup
