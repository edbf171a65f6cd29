#include "barman/backup/verify_backup.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/exec/pg_tools.h"
#include "barman/fs/file.h"
#include "manifest_check.h"

namespace barman::backup {
namespace {

constexpr int first_to_read_tar = 18;  // major version of pg_verifybackup

bool is_packed(const catalog::BackupInfo& backup) { return backup.compression && !backup.compression->empty(); }

// Copies by rsync come without a manifest.
std::string hint_for(const config::ServerConfig& config, const catalog::BackupInfo& backup,
                     const std::string& directory) {
  if (fs::exists(directory + "/backup_manifest")) return {};
  if (backup.type() != catalog::BackupType::rsync) return "take another backup: this one has lost its backup_manifest";
  return fmt::format(
      "'barman generate-manifest {} {}' makes a manifest of the files as they are now; backups taken with "
      "'--manifest' have one from the beginning",
      config.name, backup.backup_id);
}

struct Subject {
  std::string directory;
  std::int64_t size = 0;
  bool packed = false;
  std::string hint;  // for a failure
};

void report_failure(const Subject& subject, const std::string& text, Notifier& notifier) {
  notifier.error(fmt::format("verify backup failure on directory '{}'", subject.directory));
  notifier.error(subject.hint.empty() ? text : with_hint(trim(text), subject.hint));
}

void verify_with(const exec::PgTool& tool, std::chrono::seconds patience, const Subject& subject, exec::Runner& local,
                 Notifier& notifier, Progress& progress) {
  if (subject.packed && tool.major() < first_to_read_tar) {
    notifier.error(
        fmt::format("Verification of tar format backups requires pg_verifybackup from Postgres 18 or newer (found {})",
                    tool.version));
    return;
  }
  exec::Command command({tool.path, "-n", subject.directory}, exec::Limits::unless_idle(patience));
  if (subject.packed) command.argv.insert(command.argv.end(), {"-F", "tar"});
  command.logger = "PgVerifyBackup";
  const exec::Outcome outcome = [&] {
    const Waiting waiting(progress, "pg_verifybackup reads the backup");
    return local.run(command);
  }();
  if (outcome.ok()) {
    notifier.info(trim(outcome.out));
    return;
  }
  report_failure(subject, outcome.err.empty() ? describe(command, outcome) : outcome.err, notifier);
}

void verify_here(const Subject& subject, Notifier& notifier, Progress& progress) {
  notifier.info("pg_verifybackup not found: comparing with backup_manifest without it");
  progress.start("", subject.size);
  const ManifestProblems problems = check_against_manifest(subject.directory, progress);
  progress.finish();
  if (problems.count == 0) {
    notifier.info("backup successfully verified");
    return;
  }
  std::string text;
  for (const std::string& problem : problems.told) text += problem + '\n';
  if (problems.count > problems.told.size())
    text += fmt::format("and {} more\n", problems.count - problems.told.size());
  report_failure(subject, text, notifier);
}

}  // namespace

void verify_backup(const config::ServerConfig& config, const catalog::BackupInfo& backup,
                   const std::string& data_directory, exec::Runner& local, Notifier& notifier, Progress& progress) {
  if (backup.encryption) {
    notifier.error("Backup verification is not supported for encrypted backups");
    return;
  }
  const auto tool = exec::find_pg_verifybackup(config.search_path());
  if (!tool && is_packed(backup)) {
    notifier.error(
        "Verification of tar format backups requires pg_verifybackup from Postgres 18 or newer (found none)");
    return;
  }
  const Subject subject{.directory = data_directory,
                        .size = backup.size.value_or(0),
                        .packed = is_packed(backup),
                        .hint = hint_for(config, backup, data_directory)};
  if (!tool) return verify_here(subject, notifier, progress);
  notifier.info("Calling pg_verifybackup");
  verify_with(*tool, config.patience(), subject, local, notifier, progress);
}

}  // namespace barman::backup
