#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/fs/lock_file.h"

namespace barman::cli {

Command lock_directory_cleanup_command() {
  return {.name = "lock-directory-cleanup",
          .aliases = {},
          .summary = "Remove the lock files that nobody holds.",
          .declare = [](Options&) {},
          .run =
              [](Session& session) {
                fs::remove_free_locks(session.global().barman_lock_directory);
                return 0;
              }};
}

}  // namespace barman::cli
