#include <memory>

#include "barman/app/cron.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"

namespace barman::cli {

Command cron_command() {
  const auto keep_descriptors = std::make_shared<bool>(false);
  return {.name = "cron",
          .aliases = {},
          .summary = "Do the regular maintenance of all servers; to be run every minute.",
          .declare =
              [keep_descriptors](Options& options) {
                options.flag({"--keep-descriptors"}, *keep_descriptors,
                             "leave stdout and stderr to the processes that it starts");
              },
          .run =
              [keep_descriptors](Session& session) {
                if (!session.load_servers()) return 0;
                session.advise_when_empty();
                app::run_cron(session.configuration(), *keep_descriptors, session.writer());
                return 0;
              }};
}

}  // namespace barman::cli
