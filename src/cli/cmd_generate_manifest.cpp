#include <fmt/core.h>

#include <memory>

#include "barman/backup/manifest.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"

namespace barman::cli {
namespace {

struct GenerateManifestArguments {
  std::string server, backup;
};

int generate_manifest(Session& session, const GenerateManifestArguments& args) {
  const auto* config = session.select_one(args.server, {.inactive = Inactive::skip, .disabled = Disabled::refuse});
  if (config == nullptr) return 0;
  app::Server server = session.server(*config);
  const std::string id = server.backups().resolve(args.backup).backup_id;
  backup::write_manifest(server.backups().data_directory(id), /*replace=*/false);
  session.writer().info(fmt::format("Backup manifest for backup '{}' successfully generated for server ['{}']",
                                    args.backup, config->name));
  return 0;
}

}  // namespace

Command generate_manifest_command() {
  const auto args = std::make_shared<GenerateManifestArguments>();
  return {.name = "generate-manifest",
          .aliases = {},
          .summary = "Write a backup_manifest, with a checksum for every file, into a backup that has none.",
          .declare =
              [args](Options& options) {
                options.positional("server_name", args->server, "server the backup belongs to");
                options.positional("backup_id", args->backup,
                                   "id, name or shortcut (latest, oldest, ...) of the backup");
              },
          .run = [args](Session& session) { return generate_manifest(session, *args); }};
}

}  // namespace barman::cli
