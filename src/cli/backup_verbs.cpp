// Verbs about the backups that there are.
#include "barman/app/backup_actions.h"
#include "barman/app/backup_reports.h"
#include "barman/app/recovery_window.h"
#include "barman/app/retention.h"
#include "barman/output/backups.h"
#include "barman/output/documents.h"
#include "barman/output/long_list.h"
#include "barman/output/recovery_window.h"
#include "barman/output/retention.h"
#include "verb.h"

namespace barman::cli {
namespace {

constexpr ServerPolicy not_disabled{.disabled = Disabled::refuse};

struct ListArguments : OfServers {
  bool minimal = false, full = false;
};

struct FilesArguments : OfBackup {
  std::optional<std::string> target;
  bool empty_directories = false;
};

app::FileTarget parse_target(const std::string& word) {
  if (word == "data") return app::FileTarget::data;
  if (word == "wal") return app::FileTarget::wal;
  return word == "full" ? app::FileTarget::full : app::FileTarget::standalone;
}

struct KeepArguments : OfBackup {
  bool release = false, status = false;
  std::optional<std::string> target;
};

void declare_keep(Options& options, KeepArguments& args) {
  options.flag({"-r", "--release"}, args.release, "end the protection");
  options.flag({"-s", "--status"}, args.status, "show whether the backup is protected");
  options.choice({"--target"}, args.target, {"full", "standalone"},
                 "keep it with all later WAL (full), or just with what it needs itself (standalone)");
  options.positional("server_name", args.server, "server the backup belongs to");
  options.positional("backup_id", args.backup, "id, name or shortcut (latest, oldest, ...) of the backup");
}

int keep(Session& session, const KeepArguments& args) {
  if (!args.status && !args.release && !args.target) {
    session.writer().error("one of the arguments -r/--release -s/--status --target is required");
    return 1;
  }
  return with_server(session, args.server, {}, [&](ServerContext& server) {
    if (args.status)
      session.writer().write(app::keep_status(server, args.backup));
    else if (args.release)
      app::release_backup(server, args.backup);
    else
      app::keep_backup(server, args.backup, /*standalone=*/args.target == "standalone");
  });
}

struct DeleteArguments : OfBackup {
  bool dry_run = false;
};

struct RetentionArguments : OfServers {
  std::optional<std::string> policy;
  bool explain = false;
};

struct ExportArguments : OfBackup {
  app::ExportOptions options;
};

void declare_export(Options& options, ExportArguments& args) {
  options.choice({"--compression"}, args.options.compression, {"gzip", "bzip2", "xz"},
                 "compress the tarball (default: no compression)");
  options.number({"--compression-level"}, args.options.level, Number::any, "COMPRESSION_LEVEL",
                 "with --compression: 1 to 9 for gzip and bzip2, 0 to 9 for xz");
  options.positional("output_directory", args.options.directory, "existing directory for the tarball");
}

void export_backup(Session& session, ServerContext& server, const ExportArguments& args) {
  app::ExportOptions options = args.options;
  options.backup = args.backup;
  const auto describe_host = [](const report::SystemInfo& system) { return output::system_text(system, now()); };
  const auto progress = session.writer().progress("Export");
  app::export_backup(server, options, describe_host, *progress);
}

struct ImportArguments : OfServer {
  std::string tarball;
};

struct WindowArguments : OfServers {
  app::RecoveryWindowRequest request;
};

}  // namespace

Command list_backups_command() {
  return servers_verb<ListArguments>(
      "servers whose backups to list, or 'all'", {},
      [](Options& options, ListArguments& args) {
        options.flag({"--minimal"}, args.minimal, "print the backup ids only");
        options.custom(own_flag("--long", args.full,
                                "a table: age, type, status, sizes, who keeps a backup, when retention removes it, "
                                "and its last drill"));
        options.exclusive({"--minimal", "--long"});
      },
      [](Session& session, ServerContext& server, const ListArguments& args) {
        const auto report = [&](const Error& error) { session.report(server.config(), error); };
        if (args.full) return session.writer().write(app::list_backups_long(server, report));
        session.writer().write(app::list_backups(server, args.minimal, report));
      });
}

// Of all servers, those that have a second copy.
Command cloud_copy_command() {
  return servers_verb("servers to copy, or 'all' that have cloud_copy",
                      {.inactive = Inactive::skip, .disabled = Disabled::refuse}, nothing_else,
                      [](Session& session, ServerContext& server, const OfServers& args) {
                        if (args.servers == std::vector<std::string>{"all"} && !server.config().cloud_copy) return;
                        const auto progress = session.writer().progress("Copy");
                        app::copy_to_cloud(server, *progress);
                      });
}

Command recovery_window_command() {
  return servers_verb<WindowArguments>(
      "servers that are asked about, or 'all': one line each", {},
      [](Options& options, WindowArguments& args) {
        options.value({"--target-tli"}, args.request.timeline, "TARGET_TLI",
                      "timeline to which recovery is to go: a number, 'current' (that of each backup) or 'latest'");
        options.flag({"--verify"}, args.request.verify,
                     "read every segment: its records, their checksums, and that each follows the one before");
      },
      [](Session& session, ServerContext& server, const WindowArguments& args) {
        report::RecoveryWindow window = app::recovery_window(server, args.request);
        window.brief = args.servers == std::vector<std::string>{"all"};
        session.writer().write(window);
        if (window.verified && !window.damaged.empty()) session.writer().fail();
      });
}

Command show_backup_command() {
  return backup_verb({}, nothing_else, [](Session& session, ServerContext& server, const OfBackup& args) {
    const auto report = [&session](const Error& error) { session.report(error); };
    session.writer().write(app::describe_backup(server, args.backup, report));
  });
}

Command list_files_command() {
  return backup_verb<FilesArguments>(
      {},
      [](Options& options, FilesArguments& args) {
        options.choice({"--target"}, args.target, {"standalone", "data", "wal", "full"},
                       "data (the copied files), standalone (these and the WAL that makes them consistent), wal (all "
                       "WAL up to the next backup) or full (data and wal); default: standalone");
        options.flag({"--list-empty-directories"}, args.empty_directories, "list empty directories too");
      },
      [](Session& session, ServerContext& server, const FilesArguments& args) {
        app::list_files(server, args.backup, parse_target(args.target.value_or("standalone")), args.empty_directories,
                        [&](const std::string& path) { session.writer().info(path, Notifier::Logged::no); });
      });
}

Command delete_command() {
  return backup_verb<DeleteArguments>(
      not_disabled,
      [](Options& options, DeleteArguments& args) {
        options.custom(
            own_flag("--dry-run", args.dry_run, "show what would be deleted, or why not, and delete nothing"));
      },
      [](Session& session, ServerContext& server, const DeleteArguments& args) {
        if (!args.dry_run) return app::delete_backup(server, args.backup);
        const report::DeletionPreview preview = app::preview_deletion(server, args.backup);
        session.writer().write(preview);
        if (preview.refusal) session.writer().fail();
      });
}

Command retention_command() {
  return servers_verb<RetentionArguments>(
      "servers whose retention to show, or 'all'", not_disabled,
      [](Options& options, RetentionArguments& args) {
        options.flag({"--explain"}, args.explain, "show every reason, not just the one that decides");
        options.value({"--policy"}, args.policy, "POLICY",
                      "what would this retention policy do? REDUNDANCY n, RECOVERY WINDOW OF n DAYS, WEEKS or MONTHS");
      },
      [](Session& session, ServerContext& server, const RetentionArguments& args) {
        const auto report = [&](const Error& error) { session.report(server.config(), error); };
        session.writer().write(app::explain_retention(server, {args.policy, args.explain}, report));
      });
}

Command keep_command() { return verb<KeepArguments>(declare_keep, keep); }

Command check_backup_command() {
  return backup_verb({}, nothing_else, [](Session&, ServerContext& server, const OfBackup& args) {
    app::check_backup(server, args.backup);
  });
}

Command verify_backup_command() {
  return backup_verb({}, nothing_else, [](Session& session, ServerContext& server, const OfBackup& args) {
    const auto progress = session.writer().progress("Verification");
    app::verify_backup(server, args.backup, *progress);
  });
}

Command generate_manifest_command() {
  return backup_verb(
      {.inactive = Inactive::skip, .disabled = Disabled::refuse}, nothing_else,
      [](Session&, ServerContext& server, const OfBackup& args) { app::generate_manifest(server, args.backup); });
}

Command export_backup_command() { return backup_verb<ExportArguments>({}, declare_export, export_backup); }

Command import_backup_command() {
  return server_verb<ImportArguments>(
      "server that the backup was taken of", {.inactive = Inactive::refuse, .disabled = Disabled::refuse},
      [](Options& options, ImportArguments& args) {
        options.positional("input_tarball", args.tarball, "the tarball, under the name that it was exported as");
      },
      [](Session&, ServerContext& server, const ImportArguments& args) { app::import_backup(server, args.tarball); });
}

}  // namespace barman::cli
