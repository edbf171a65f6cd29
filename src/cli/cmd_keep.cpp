#include <fmt/core.h>

#include <memory>

#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/output/catalog.h"

namespace barman::cli {
namespace {

using catalog::KeepTarget;

struct KeepArguments {
  std::string server, backup;
  bool release = false, status = false;
  std::optional<std::string> target;
};

std::string word_of(const std::optional<KeepTarget>& keep) {
  if (!keep) return "nokeep";
  return *keep == KeepTarget::standalone ? "standalone" : "full";
}

std::optional<std::string> refusal(const catalog::BackupInfo& backup) {
  if (backup.type() == catalog::BackupType::incremental)
    return fmt::format(
        "Unable to execute the keep command on backup {}: is an incremental backup.\nOnly full backups are "
        "eligible for the use of the keep command.",
        backup.backup_id);
  if (backup.status != catalog::BackupStatus::done)
    return fmt::format(
        "Cannot add keep to backup {} because it has status {}. Only backups with status DONE can be kept.",
        backup.backup_id, backup.status_text);
  return std::nullopt;
}

int keep(Session& session, const KeepArguments& args) {
  output::Writer& writer = session.writer();
  if (!args.status && !args.release && !args.target) {
    writer.error("one of the arguments -r/--release -s/--status --target is required");
    return 1;
  }
  const config::ServerConfig* config = session.select_one(args.server, {});
  if (!config) return 0;
  app::Server server = session.server(*config);
  const catalog::BackupInfo& backup = server.backups().resolve(args.backup, catalog::BackupCatalog::HalfDeleted::shown);
  catalog::Annotations& annotations = server.annotations();
  if (args.status) {
    writer.write(report::KeepStatus{config->name, word_of(annotations.keep(backup.backup_id))});
  } else if (args.release) {
    annotations.release_keep(backup.backup_id);
  } else if (server.backups().is_half_deleted(backup.backup_id)) {
    throw server.backups().half_deleted(backup.backup_id);
  } else if (const auto reason = refusal(backup)) {
    writer.error(*reason);
  } else {
    annotations.set_keep(backup.backup_id, *args.target == "standalone" ? KeepTarget::standalone : KeepTarget::full);
  }
  return 0;
}

}  // namespace

Command keep_command() {
  const auto args = std::make_shared<KeepArguments>();
  return {.name = "keep",
          .aliases = {},
          .summary = "Protect a backup from deletion and retention policies.",
          .declare =
              [args](Options& options) {
                options.flag({"-r", "--release"}, args->release, "end the protection");
                options.flag({"-s", "--status"}, args->status, "show whether the backup is protected");
                options.choice({"--target"}, args->target, {"full", "standalone"},
                               "keep it with all later WAL (full), or just with what it needs itself (standalone)");
                options.positional("server_name", args->server, "server the backup belongs to");
                options.positional("backup_id", args->backup,
                                   "id, name or shortcut (latest, oldest, ...) of the backup");
              },
          .run = [args](Session& session) { return keep(session, *args); }};
}

}  // namespace barman::cli
