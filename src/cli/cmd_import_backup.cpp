#include <functional>
#include <memory>

#include "barman/backup/import_backup.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"

namespace barman::cli {
namespace {

struct ImportArguments {
  std::string server, tarball;
};

int import_backup(Session& session, const ImportArguments& args) {
  const auto* config = session.select_one(args.server, {.inactive = Inactive::refuse, .disabled = Disabled::refuse});
  if (config == nullptr) return 0;
  app::Server server = session.server(*config);
  const std::function<catalog::XlogDb&()> xlogdb = [&server]() -> catalog::XlogDb& { return server.xlogdb(); };
  backup::import_backup(args.tarball, {.config = *config,
                                       .locks = server.locks(),
                                       .backups = server.backups(),
                                       .annotations = server.annotations(),
                                       .xlogdb = xlogdb,
                                       .notifier = session.writer()});
  return 0;
}

}  // namespace

Command import_backup_command() {
  const auto args = std::make_shared<ImportArguments>();
  return {.name = "import-backup",
          .aliases = {},
          .summary = "Take a backup from a tarball that export-backup wrote, and keep it.",
          .declare =
              [args](Options& options) {
                options.positional("server_name", args->server, "server that the backup was taken of");
                options.positional("input_tarball", args->tarball,
                                   "the tarball, under the name that it was exported as");
              },
          .run = [args](Session& session) { return import_backup(session, *args); }};
}

}  // namespace barman::cli
