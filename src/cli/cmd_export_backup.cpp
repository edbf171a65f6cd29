#include <functional>
#include <memory>

#include "barman/app/server_facts.h"
#include "barman/backup/export_backup.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/output/diagnose.h"

namespace barman::cli {
namespace {

struct ExportArguments {
  std::string server, backup, directory;
  std::optional<std::string> compression;
  std::optional<std::int64_t> level;
};

int export_backup(Session& session, const ExportArguments& args) {
  const config::ServerConfig* config = session.select_one(args.server, {});
  if (!config) return 0;
  app::Server server = session.server(*config);
  backup::ExportRequest request{
      args.backup, server.backups().resolve(args.backup).backup_id, args.directory, {}, args.level};
  if (args.compression) request.compression = codec::parse_algorithm(*args.compression);
  const std::function<catalog::XlogDb&()> xlogdb = [&server]() -> catalog::XlogDb& { return server.xlogdb(); };
  const std::function<std::string()> host = [&server] {
    return output::system_text(app::system_info(server.local()), now());
  };
  const auto progress = session.writer().progress("Export");
  backup::export_backup(request, {.config = *config,
                                  .locks = server.locks(),
                                  .backups = server.backups(),
                                  .xlogdb = xlogdb,
                                  .host_description = host,
                                  .notifier = session.writer(),
                                  .progress = *progress});
  return 0;
}

}  // namespace

Command export_backup_command() {
  const auto args = std::make_shared<ExportArguments>();
  return {.name = "export-backup",
          .aliases = {},
          .summary = "Write a backup, with the WAL that makes it consistent, into one tarball.",
          .declare =
              [args](Options& options) {
                options.choice({"--compression"}, args->compression, {"gzip", "bzip2", "xz"},
                               "compress the tarball (default: no compression)");
                options.number({"--compression-level"}, args->level, Number::any, "COMPRESSION_LEVEL",
                               "1 to 9 for gzip and bzip2, 0 to 9 for xz");
                options.positional("server_name", args->server, "server the backup belongs to");
                options.positional("backup_id", args->backup,
                                   "id, name or shortcut (latest, oldest, ...) of the backup");
                options.positional("output_directory", args->directory, "existing directory for the tarball");
              },
          .run = [args](Session& session) { return export_backup(session, *args); }};
}

}  // namespace barman::cli
