#include <fmt/core.h>
#include <unistd.h>

#include <memory>

#include "barman/archiver/home_guard.h"
#include "barman/archiver/put_wal.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "ssh_client.h"

namespace barman::cli {
namespace {

struct PutWalArguments {
  std::string server;
  bool test = false;
};

int put_wal(Session& session, const PutWalArguments& args) {
  const auto* config = session.select_one(args.server, {.inactive = Inactive::refuse, .disabled = Disabled::refuse});
  if (config == nullptr) return 0;
  const archiver::HomeGuard guard(*config, session.global().barman_home);
  guard.require_home();
  if (args.test) {
    session.writer().info(fmt::format("Ready to accept WAL files for the server {}", config->name));
    return 0;
  }
  archiver::put_wal(*config, session.writer(), STDIN_FILENO, ssh_client_note());
  guard.note_home();
  return 0;
}

}  // namespace

Command put_wal_command() {
  const auto args = std::make_shared<PutWalArguments>();
  return {.name = "put-wal",
          .aliases = {},
          .summary = "Receive WAL files from standard input; barman-wal-archive calls it over ssh.",
          .declare =
              [args](Options& options) {
                options.flag({"--test", "-t"}, args->test, "tell whether WAL files would be accepted, and do nothing");
                options.positional("server_name", args->server, "server that the WAL files belong to");
              },
          .run = [args](Session& session) { return put_wal(session, *args); }};
}

}  // namespace barman::cli
