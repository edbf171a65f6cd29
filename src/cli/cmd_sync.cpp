#include <fmt/core.h>

#include <memory>

#include "barman/app/sync.h"
#include "barman/archiver/archived_files.h"
#include "barman/catalog/sync_info.h"
#include "barman/cli/command.h"
#include "barman/cli/session.h"
#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/output/sync_info.h"
#include "barman/wal/segment.h"

// sync-info, sync-backup and sync-wals: the copy of a server on a passive node.
namespace barman::cli {
namespace {

struct InfoArguments {
  std::string server;
  std::optional<std::string> last_wal;
  std::optional<std::int64_t> last_position;
  bool primary = false;
};

int sync_info(Session& session, const InfoArguments& args) {
  const config::ServerConfig* config = session.select_one(args.server, {});
  if (config == nullptr) return 0;
  app::Server server = session.server(*config);
  if (args.primary) {
    std::optional<catalog::SyncPoint> from;
    if (args.last_wal) from = {*args.last_wal, args.last_position.value_or(0)};
    session.writer().info(app::fetch_primary_info(server, from), Notifier::Logged::no);
    return 0;
  }
  // The position could spare reading lines that come before it; the one pass over them costs less than checking it.
  const catalog::SyncInfo info = catalog::collect_sync_info(
      server.backups(), server.xlogdb(), args.last_wal,
      [&](std::string_view name) { return is_any_wal_name(name) && archiver::is_archived(*config, name); });
  session.writer().raw(output::sync_info_text(info, *config));
  return 0;
}

constexpr ServerPolicy working{.inactive = Inactive::skip, .disabled = Disabled::refuse};

struct BackupArguments {
  std::string server, backup;
};

void declare_position(Options& options, InfoArguments& args) {
  OptionSpec spec;
  spec.names = {"last_position"};
  spec.kind = OptionSpec::Kind::optional_positional;
  spec.help = "offset of that line in the index";
  spec.store = [&args](const std::string& value) -> std::optional<std::string> {
    args.last_position = parse_python_int(value);
    if (!args.last_position) return fmt::format("'{}' is not a valid input", value);
    // 0 is what Barman tells of an index with one line.
    if (*args.last_position < 0) return fmt::format("'{}' is not a valid positive integer", value);
    return std::nullopt;
  };
  options.custom(std::move(spec));
}

}  // namespace

Command sync_info_command() {
  const auto args = std::make_shared<InfoArguments>();
  return {.name = "sync-info",
          .aliases = {},
          .summary = "Print what a passive node has to know of a server, as JSON.",
          .declare =
              [args](Options& options) {
                options.flag({"--primary"}, args->primary, "ask the primary node, and keep its answer");
                options.positional("server_name", args->server, "server to describe");
                options.optional_positional("last_wal", args->last_wal, "list only WAL files behind this one");
                declare_position(options, *args);
              },
          .run = [args](Session& session) { return sync_info(session, *args); }};
}

Command sync_backup_command() {
  const auto args = std::make_shared<BackupArguments>();
  return {.name = "sync-backup",
          .aliases = {},
          .summary = "Copy a backup from the primary node to this passive node.",
          .declare =
              [args](Options& options) {
                options.positional("server_name", args->server, "passive server");
                options.positional("backup_id", args->backup, "id of the backup on the primary node");
              },
          .run = [args](Session& session) -> int {
            const config::ServerConfig* config = session.select_one(args->server, working);
            if (config == nullptr) return 0;
            app::Server server = session.server(*config);
            const auto progress = session.writer().progress("Copying");
            app::sync_backup(server, args->backup, *progress);
            return 0;
          }};
}

Command sync_wals_command() {
  const auto name = std::make_shared<std::string>();
  return {.name = "sync-wals",
          .aliases = {},
          .summary = "Copy WAL files from the primary node to this passive node.",
          .declare = [name](Options& options) { options.positional("server_name", *name, "passive server"); },
          .run = [name](Session& session) -> int {
            const config::ServerConfig* config = session.select_one(*name, working);
            if (config == nullptr) return 0;
            app::Server server = session.server(*config);
            app::sync_wals(server);
            return 0;
          }};
}

}  // namespace barman::cli
