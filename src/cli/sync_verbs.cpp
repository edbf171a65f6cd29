// Verbs about the copy of a server on a passive node.
#include <fmt/core.h>

#include "barman/app/sync.h"
#include "barman/core/numbers.h"
#include "barman/output/documents.h"
#include "verb.h"

namespace barman::cli {
namespace {

constexpr ServerPolicy working{.inactive = Inactive::skip, .disabled = Disabled::refuse};

struct InfoArguments : OfServer {
  std::optional<std::string> last_wal;
  std::optional<std::int64_t> last_position;
  bool primary = false;
};

void declare_position(Options& options, InfoArguments& args) {
  OptionSpec spec;
  spec.names = {"last_position"};
  spec.kind = OptionSpec::Kind::optional_positional;
  spec.help = "offset of that line in the index";
  spec.store = [&args](const std::string& value) -> std::optional<std::string> {
    args.last_position = parse_python_int(value);
    if (!args.last_position) return fmt::format("'{}' is not a valid input", value);
    // Barman says 0 for an index with one line.
    if (*args.last_position < 0) return fmt::format("'{}' is not a valid positive integer", value);
    return std::nullopt;
  };
  options.custom(std::move(spec));
}

void declare_info(Options& options, InfoArguments& args) {
  options.flag({"--primary"}, args.primary, "ask the primary node, and keep its answer");
  options.optional_positional("last_wal", args.last_wal, "list only WAL files behind this one");
  declare_position(options, args);
}

void sync_info(Session& session, ServerContext& server, const InfoArguments& args) {
  if (args.primary) {
    std::optional<catalog::SyncPoint> from;
    if (args.last_wal) from = {*args.last_wal, args.last_position.value_or(0)};
    session.writer().info(app::fetch_primary_info(server, from), Notifier::Logged::no);
    return;
  }
  session.writer().raw(output::sync_info_text(app::sync_info(server, args.last_wal), server.config()));
}

void declare_backup(Options& options, OfBackup& args) {
  options.positional("backup_id", args.backup, "id of the backup on the primary node");
}

void sync_backup(Session& session, ServerContext& server, const OfBackup& args) {
  const auto progress = session.writer().progress("Copying");
  app::sync_backup(server, args.backup, *progress);
}

}  // namespace

Command sync_info_command() { return server_verb<InfoArguments>("server to describe", {}, declare_info, sync_info); }

Command sync_backup_command() { return server_verb<OfBackup>("passive server", working, declare_backup, sync_backup); }

Command sync_wals_command() {
  return server_verb("passive server", working, nothing_else,
                     [](Session&, ServerContext& server, const OfServer&) { app::sync_wals(server); });
}

}  // namespace barman::cli
