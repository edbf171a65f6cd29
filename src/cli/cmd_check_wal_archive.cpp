#include <fmt/core.h>

#include <memory>

#include "barman/archiver/archive_check.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/core/error.h"
#include "barman/output/wal_archive.h"

namespace barman::cli {
namespace {

struct CheckWalArchiveArguments {
  std::string server;
  std::optional<std::int64_t> timeline;
};

int check_wal_archive(Session& session, const CheckWalArchiveArguments& args) {
  const config::ServerConfig* config = session.select_one(args.server, {});
  if (!config) return 0;
  app::Server server = session.server(*config);
  report::WalArchiveCheck report{config->name, false};
  try {
    const auto reason = archiver::archive_in_use(server.xlogdb(), args.timeline);
    report.passed = !reason;
    session.writer().write(report);
    if (reason)
      session.writer().error(fmt::format("WAL archive check failed for server {}: {}", config->name, *reason));
  } catch (const Error&) {
    session.writer().write(report);
    throw;
  }
  return 0;
}

}  // namespace

Command check_wal_archive_command() {
  const auto args = std::make_shared<CheckWalArchiveArguments>();
  return {.name = "check-wal-archive",
          .aliases = {},
          .summary = "Check that nothing in the WAL archive is in the way of a new cluster.",
          .declare =
              [args](Options& options) {
                options.number({"--timeline"}, args->timeline, Number::positive, "TIMELINE",
                               "count only WAL files of this timeline and of later ones");
                options.positional("server_name", args->server, "server whose WAL archive is checked");
              },
          .run = [args](Session& session) { return check_wal_archive(session, *args); }};
}

}  // namespace barman::cli
