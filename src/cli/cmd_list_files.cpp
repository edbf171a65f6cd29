#include <memory>

#include "barman/app/catalog.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"

namespace barman::cli {
namespace {

struct ListFilesArguments {
  std::string server, backup;
  std::optional<std::string> target;
  bool empty_directories = false;
};

app::FileTarget parse_target(const std::string& word) {
  if (word == "data") return app::FileTarget::data;
  if (word == "wal") return app::FileTarget::wal;
  return word == "full" ? app::FileTarget::full : app::FileTarget::standalone;
}

int list_files(Session& session, const ListFilesArguments& args) {
  const config::ServerConfig* config = session.select_one(args.server, {});
  if (!config) return 0;
  app::Server server = session.server(*config);
  app::list_files(server, server.backups().resolve(args.backup, catalog::BackupCatalog::HalfDeleted::shown),
                  parse_target(args.target.value_or("standalone")), args.empty_directories,
                  [&session](const std::string& path) { session.writer().info(path, Notifier::Logged::no); });
  return 0;
}

}  // namespace

Command list_files_command() {
  const auto args = std::make_shared<ListFilesArguments>();
  return {.name = "list-files",
          .aliases = {},
          .summary = "List the files that make up a backup.",
          .declare =
              [args](Options& options) {
                options.choice(
                    {"--target"}, args->target, {"standalone", "data", "wal", "full"},
                    "data (the copied files), standalone (these and the WAL that makes them consistent), wal (all "
                    "WAL up to the next backup) or full (data and wal); default: standalone");
                options.flag({"--list-empty-directories"}, args->empty_directories, "list empty directories too");
                options.positional("server_name", args->server, "server the backup belongs to");
                options.positional("backup_id", args->backup,
                                   "id, name or shortcut (latest, oldest, ...) of the backup");
              },
          .run = [args](Session& session) { return list_files(session, *args); }};
}

}  // namespace barman::cli
