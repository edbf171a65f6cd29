#include <fmt/core.h>

#include <memory>

#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"

// The two verbs that move WAL to and from an object store: declared, so that a script learns why they do nothing.
namespace barman::cli {
namespace {

struct CloudArguments {
  std::string server, name, destination;
  std::optional<std::int64_t> parallel;
  std::optional<std::string> spool;
};

[[noreturn]] void refuse(const std::string& text) { throw Error(Errc::refused, text); }

void require_wal_name(const std::string& name) {
  if (!is_any_wal_name(base_name(name))) refuse(fmt::format("File is not a valid WAL file: {}", name));
}

// A server that is configured for cloud storage is disabled in this build, and refused for that.
int archive(Session& session, const CloudArguments& args) {
  if (fs::is_directory(args.name)) refuse(fmt::format("wal_path cannot be a directory: {}", args.name));
  if (!fs::exists(args.name)) refuse(fmt::format("WAL file does not exist: {}", args.name));
  require_wal_name(args.name);
  const ServerPolicy policy{Inactive::skip, Disabled::refuse, Passive::skip};
  if (session.select_one(args.server, policy) == nullptr) return 0;
  refuse(
      fmt::format("cloud-wal-archive is only supported for servers with 'backup_method' set to 'local-to-cloud'. "
                  "Please check the configuration of server {}.",
                  args.server));
}

int restore(Session& session, const CloudArguments& args) {
  require_wal_name(args.name);
  if (session.select_one(args.server, {.disabled = Disabled::refuse}) == nullptr) return 0;
  refuse(
      fmt::format("cloud-wal-restore is not supported for server {} because no cloud storage configuration is set in "
                  "'wals_directory'. Please check the configuration of the server.",
                  args.server));
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
          .run = [args](Session& session) { return archive(session, *args); }};
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
          .run = [args](Session& session) { return restore(session, *args); }};
}

}  // namespace barman::cli
