#include <memory>

#include "barman/app/pending_wal.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"

namespace barman::cli {

Command archive_wal_command() {
  const auto name = std::make_shared<std::string>();
  return {
      .name = "archive-wal",
      .aliases = {},
      .summary = "Move the WAL files that have arrived into the archive.",
      .declare = [name](Options& options) { options.positional("server_name", *name, "server whose WAL is archived"); },
      .run =
          [name](Session& session) {
            const auto* config = session.select_one(*name, {.inactive = Inactive::skip, .disabled = Disabled::refuse});
            if (config == nullptr) return 0;
            app::Server server = session.server(*config);
            app::archive_wal(server, archiver::Say::everything);
            return 0;
          }};
}

}  // namespace barman::cli
