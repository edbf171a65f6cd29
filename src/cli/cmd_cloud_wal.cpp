#include <fmt/core.h>

#include <memory>

#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/core/error.h"

// The two verbs that move WAL to and from an object store: declared, so that a script learns why they do nothing.
namespace barman::cli {
namespace {

struct CloudArguments {
  std::string server, name, destination;
  std::optional<std::int64_t> parallel;
  std::optional<std::string> spool;
};

int refuse(Session& session, const CloudArguments& args, std::string_view verb, std::string_view instead) {
  if (session.select_one(args.server, {}) == nullptr) return 0;
  throw Error(Errc::unsupported, fmt::format("{}: this build does not work with cloud storage", verb),
              fmt::format("use {}, or Barman itself for this server", instead));
}

void declare_parallel(Options& options, CloudArguments& args) {
  options.number({"-p", "--parallel"}, args.parallel, Number::non_negative, "PARALLEL", "files to transfer at a time");
}

}  // namespace

Command cloud_wal_archive_command() {
  const auto args = std::make_shared<CloudArguments>();
  return {.name = "cloud-wal-archive",
          .aliases = {},
          .summary = "Send a WAL file to an object store (not in this build).",
          .declare =
              [args](Options& options) {
                declare_parallel(options, *args);
                options.positional("server_name", args->server, "server that the WAL file belongs to");
                options.positional("wal_path", args->name, "path of the WAL file: %p of archive_command");
              },
          .run =
              [args](Session& session) {
                return refuse(session, *args, "cloud-wal-archive", "barman-wal-archive as archive_command");
              }};
}

Command cloud_wal_restore_command() {
  const auto args = std::make_shared<CloudArguments>();
  return {.name = "cloud-wal-restore",
          .aliases = {},
          .summary = "Fetch a WAL file from an object store (not in this build).",
          .declare =
              [args](Options& options) {
                declare_parallel(options, *args);
                options.value({"--spool-dir"}, args->spool, "SPOOL_DIR", "directory for files fetched ahead");
                options.positional("server_name", args->server, "server that the WAL file belongs to");
                options.positional("wal_name", args->name, "name of the WAL file: %f of restore_command");
                options.positional("wal_dest", args->destination, "where to write it: %p of restore_command");
              },
          .run =
              [args](Session& session) {
                return refuse(session, *args, "cloud-wal-restore", "barman-wal-restore as restore_command");
              }};
}

}  // namespace barman::cli
