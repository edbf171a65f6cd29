// Verbs about WAL and its archive.
#include <fmt/core.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "barman/app/processes.h"
#include "barman/app/status.h"
#include "barman/app/wal.h"
#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/output/check.h"
#include "verb.h"

namespace barman::cli {
namespace {

constexpr ServerPolicy working{.inactive = Inactive::skip, .disabled = Disabled::refuse};
constexpr ServerPolicy receiving{.inactive = Inactive::refuse, .disabled = Disabled::refuse};

// " (SSH host: 192.0.2.1)" when this command was started over ssh, for messages that say who asked; else empty.
std::string ssh_client_note() {
  const char* connection = std::getenv("SSH_CONNECTION");
  if (connection == nullptr || *connection == '\0') return {};
  const std::string_view text(connection);
  return fmt::format(" (SSH host: {})", text.substr(0, text.find(' ')));
}

struct GetWalArguments : OfServer {
  app::GetWalRequest request;
  std::optional<std::int64_t> peek;
  bool test = false;
};

OptionSpec recompress_flag(std::vector<std::string> names, GetWalArguments& args, const std::string& algorithm) {
  OptionSpec spec;
  spec.names = std::move(names);
  spec.kind = OptionSpec::Kind::flag;
  spec.help = "compress the output with " + algorithm;
  spec.store = [&args, algorithm](const std::string&) -> std::optional<std::string> {
    args.request.recompress = algorithm;
    return std::nullopt;
  };
  return spec;
}

void declare_get_wal(Options& options, GetWalArguments& args) {
  options.value({"--output-directory", "-o"}, args.request.output_directory, "OUTPUT_DIRECTORY",
                "put the WAL file into this directory instead of standard output");
  options.flag({"--partial", "-P"}, args.request.partial, "also hand out a segment that is not complete yet");
  options.custom(recompress_flag({"--gzip", "-z", "-x"}, args, "gzip"));
  options.custom(recompress_flag({"--bzip2", "-j"}, args, "bzip2"));
  options.flag({"--keep-compression"}, args.request.keep_compression,
               "hand out the file as it is stored; not with --gzip or --bzip2");
  options.number({"--peek", "-p"}, args.peek, Number::positive, "SIZE",
                 "list up to SIZE WAL files that follow one another, beginning with this one");
  options.flag({"--test", "-t"}, args.test,
               "check whether WAL files are available, and do nothing; WAL_NAME is ignored");
  options.positional("wal_name", args.request.name, "name of the WAL file");
}

// What barman-wal-restore goes by.
int exit_code(app::GetWalOutcome outcome) {
  switch (outcome) {
    case app::GetWalOutcome::sent:
      return 0;
    case app::GetWalOutcome::not_wal_name:
    case app::GetWalOutcome::unwritable:
      return 3;
    case app::GetWalOutcome::contradiction:
    case app::GetWalOutcome::not_found:
    case app::GetWalOutcome::reader_gone:
      break;
  }
  return 1;
}

int get_wal(Session& session, ServerContext& server, const GetWalArguments& args) {
  output::Writer& writer = session.writer();
  app::require_retrievable(server.config());
  if (args.test) {
    writer.info(fmt::format("Ready to retrieve WAL files from the server {}", server.config().name));
    return 0;
  }
  app::GetWalRequest request = args.request;
  request.sender = ssh_client_note();
  if (args.peek)
    return exit_code(app::peek_wals(server, request, *args.peek,
                                    [&](const std::string& name) { writer.info(name, Notifier::Logged::no); }));
  const app::GetWalOutcome outcome = app::get_wal(server, request, STDOUT_FILENO);
  if (outcome == app::GetWalOutcome::sent && !request.output_directory) writer.raw({});  // the file was the answer
  return exit_code(outcome);
}

struct PutWalArguments : OfServer {
  bool test = false;
};

void put_wal(Session& session, ServerContext& server, const PutWalArguments& args) {
  if (!args.test) return app::put_wal(server, STDIN_FILENO, ssh_client_note());
  app::require_home(server);
  session.writer().info(fmt::format("Ready to accept WAL files for the server {}", server.config().name));
}

using Action = app::ReceiveRequest::Action;

constexpr int killed_by_signal = 128;

struct ReceiveArguments : OfServer {
  bool stop = false, reset = false, create_slot = false, if_not_exists = false, drop_slot = false;

  Action action() const {
    if (create_slot) return Action::create_slot;
    if (drop_slot) return Action::drop_slot;
    return reset ? Action::reset : Action::stream;
  }
};

void declare_receive(Options& options, ReceiveArguments& args) {
  options.positional("server_name", args.server, "server to stream from");
  options.flag({"--stop"}, args.stop, "stop the running receiver (deprecated: use terminate-process)");
  options.flag({"--reset"}, args.reset,
               "begin again at the position of the replication slot, or of PostgreSQL where there is none");
  options.flag({"--create-slot"}, args.create_slot, "create the replication slot");
  options.flag({"--if-not-exists"}, args.if_not_exists, "with --create-slot: an existing one will do");
  options.flag({"--drop-slot"}, args.drop_slot, "drop the replication slot");
}

void stop_receiving(ServerContext& server) {
  const std::string& name = server.config().name;
  if (const std::string text = app::wal_overrides_text(server.config()); !text.empty()) server.notifier().info(text);
  server.notifier().warning(
      fmt::format("--stop is deprecated and will be removed in a future release. Use 'barman terminate-process {} "
                  "receive-wal' instead.",
                  name));
  app::terminate_process(server, "receive-wal");
}

// Ctrl-C is how an operator ends the streaming; SIGTERM is how the system does.
int end_of_streaming(Session& session, int signal) {
  signals::clear();
  if (signal == 0) return 0;
  if (signal != SIGINT) return killed_by_signal + signal;
  session.writer().info("SIGINT received. Terminate gracefully.");
  return 0;
}

int receive_wal(Session& session, const ReceiveArguments& args) {
  if (args.stop && args.reset) throw Error(Errc::usage, "--stop and --reset options are not compatible");
  const bool streams = !args.stop && args.action() == Action::stream;
  const ServerPolicy policy{.inactive = streams ? Inactive::skip : Inactive::accept, .disabled = Disabled::refuse};
  return with_server(session, args.server, policy, [&](ServerContext& server) {
    if (args.stop) {
      stop_receiving(server);
      return 0;
    }
    return end_of_streaming(session,
                            app::receive_wal(server, {.action = args.action(), .if_not_exists = args.if_not_exists}));
  });
}

struct SwitchArguments : OfServers {
  bool force = false, archive = false;
  std::optional<std::int64_t> timeout;
};

void declare_switch(Options& options, SwitchArguments& args) {
  options.flag({"--force"}, args.force, "take a checkpoint first, so that there is something to close");
  options.flag({"--archive"}, args.archive, "wait until the segment is archived");
  options.number({"--archive-timeout"}, args.timeout, Number::non_negative, "TIMEOUT",
                 "with --archive: how many seconds to wait (default: 30; 0: for ever)");
}

void switch_wal(Session&, ServerContext& server, const SwitchArguments& args) {
  app::SwitchRequest request{.force = args.force, .archive = args.archive};
  if (args.timeout) request.archive_timeout = std::chrono::seconds(*args.timeout);
  app::switch_wal(server, request);
}

struct ArchiveCheckArguments : OfServer {
  std::optional<std::int64_t> timeline;
};

void check_wal_archive(Session& session, ServerContext& server, const ArchiveCheckArguments& args) {
  try {
    const report::WalArchiveCheck report = app::check_wal_archive(server, args.timeline);
    session.writer().write(report);
    if (!report.failure.empty()) session.writer().error(report.failure);
  } catch (const Error&) {
    session.writer().write(report::WalArchiveCheck{server.config().name, false, {}});
    throw;
  }
}

struct RangeArguments : OfServer {
  std::string begin, end;
};

void check_archived_wal_range(Session& session, ServerContext& server, const RangeArguments& args) {
  const report::WalRangeCheck report = app::check_archived_wal_range(server, args.begin, args.end);
  session.writer().write(report);
  if (!report.failure.empty()) session.writer().error(report.failure);
}

struct CloudArguments : OfServer {
  std::string name, destination;
  std::optional<std::int64_t> parallel;
  std::optional<std::string> spool;
  std::optional<std::int64_t> bandwidth_limit;
};

int cloud_archive(Session& session, const CloudArguments& args) {
  app::require_wal_file(args.name);
  const ServerPolicy policy{Inactive::skip, Disabled::refuse, Passive::skip};
  return with_server(session, args.server, policy,
                     [&](ServerContext& server) { app::cloud_wal_archive(server, args.name, args.parallel); });
}

int cloud_restore(Session& session, const CloudArguments& args) {
  app::require_wal_name(args.name);
  return with_server(session, args.server, {.disabled = Disabled::refuse}, [&](ServerContext& server) {
    app::cloud_wal_restore(server,
                           {args.name, args.destination, args.parallel, args.spool, args.bandwidth_limit.value_or(0)});
  });
}

void declare_cloud(Options& options, CloudArguments& args) {
  options.number({"-p", "--parallel"}, args.parallel, Number::non_negative, "PARALLEL",
                 "files to transfer at a time (default: as configured, else 0: just the one)");
  options.positional("server_name", args.server, "server that the WAL file belongs to");
}

// Not in the usage block, which is Barman's.
OptionSpec bandwidth_limit(std::optional<std::int64_t>& target) {
  Options options;
  options.number({"--bwlimit"}, target, Number::non_negative, "KBPS",
                 "most kilobytes per second that are received; 0 for no limit. Barman does not know this option");
  OptionSpec spec = options.specs().front();
  spec.ours = true;
  return spec;
}

}  // namespace

Command archive_wal_command() {
  return server_verb("server whose WAL is archived", working, nothing_else,
                     [](Session&, ServerContext& server, const OfServer&) { app::archive_wal(server); });
}

Command get_wal_command() {
  return server_verb<GetWalArguments>("server that the WAL file belongs to", {.disabled = Disabled::refuse},
                                      declare_get_wal, get_wal);
}

Command put_wal_command() {
  return server_verb<PutWalArguments>(
      "server that the WAL files belong to", receiving,
      [](Options& options, PutWalArguments& args) {
        options.flag({"--test", "-t"}, args.test, "check whether WAL files would be accepted, and do nothing");
      },
      put_wal);
}

Command receive_wal_command() { return verb<ReceiveArguments>(declare_receive, receive_wal); }

Command switch_wal_command() {
  return servers_verb<SwitchArguments>("servers, or 'all'", working, declare_switch, switch_wal);
}

Command rebuild_xlogdb_command() {
  return servers_verb("servers whose index is rebuilt, or 'all'", working, nothing_else,
                      [](Session&, ServerContext& server, const OfServers&) { app::rebuild_xlogdb(server); });
}

Command check_wal_archive_command() {
  return server_verb<ArchiveCheckArguments>(
      "server whose WAL archive is checked", {},
      [](Options& options, ArchiveCheckArguments& args) {
        options.number({"--timeline"}, args.timeline, Number::positive, "TIMELINE",
                       "count only WAL files of this timeline and of later ones");
      },
      check_wal_archive);
}

Command check_archived_wal_range_command() {
  return server_verb<RangeArguments>(
      "server whose WAL archive is checked", {},
      [](Options& options, RangeArguments& args) {
        options.positional("begin_wal", args.begin, "first segment of the range");
        options.positional("end_wal", args.end, "last segment of the range");
      },
      check_archived_wal_range);
}

Command cloud_wal_archive_command() {
  return verb<CloudArguments>(
      [](Options& options, CloudArguments& args) {
        declare_cloud(options, args);
        options.positional("wal_path", args.name, "path of the WAL file: %p of archive_command");
      },
      cloud_archive);
}

Command cloud_wal_restore_command() {
  return verb<CloudArguments>(
      [](Options& options, CloudArguments& args) {
        declare_cloud(options, args);
        options.value({"--spool-dir"}, args.spool, "SPOOL_DIR",
                      "directory for files fetched ahead (default: /var/tmp/walrestore)");
        options.custom(bandwidth_limit(args.bandwidth_limit));
        options.positional("wal_name", args.name, "name of the WAL file: %f of restore_command");
        options.positional("wal_dest", args.destination, "where to write it: %p of restore_command");
      },
      cloud_restore);
}

}  // namespace barman::cli
