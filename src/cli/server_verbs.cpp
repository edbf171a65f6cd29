// Verbs about servers, their configuration and their processes.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>

#include "barman/app/check.h"
#include "barman/app/config_changes.h"
#include "barman/app/cron.h"
#include "barman/app/processes.h"
#include "barman/app/server_facts.h"
#include "barman/app/status.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "barman/output/check.h"
#include "barman/output/documents.h"
#include "barman/output/servers.h"
#include "verb.h"

namespace barman::cli {
namespace {

struct CheckArguments : OfServers {
  bool nagios = false, explain = false;
  std::optional<std::int64_t> timeout;

  app::CheckTimeout time_limit() const {
    return timeout ? app::CheckTimeout(std::chrono::seconds(*timeout)) : std::nullopt;
  }
};

void declare_check(Options& options, CheckArguments& args) {
  options.positional_list("server_name", args.servers, "servers to check, or 'all'");
  options.flag({"--nagios"}, args.nagios, "print one line for a monitoring plugin");
  options.custom(own_flag("--explain", args.explain,
                          "show causes before consequences, stalls, and a command to try for each; not with --nagios"));
  options.number({"--check-timeout"}, args.timeout, Number::non_negative, "TIMEOUT",
                 "time limit in seconds for each server, instead of check_timeout (30); 0 is none");
}

int check_for_people(Session& session, const CheckArguments& args) {
  const auto servers = session.select(args.servers, {});
  const auto show = [&](const report::CheckReport& report) {
    session.writer().write(report);
    if (report.active && !report.passed()) session.writer().fail();
  };
  app::check_servers(session.global(), servers, args.time_limit(), show);
  return 0;
}

int explain_to_people(Session& session, const CheckArguments& args) {
  const auto servers = session.select(args.servers, {});
  std::size_t shown = 0;
  const auto show = [&](const report::Explanation& explanation) {
    session.writer().write(explanation);
    if (servers[shown++]->active && !explanation.problems.empty()) session.writer().fail();
  };
  app::explain_servers(session.global(), servers, args.time_limit(), show);
  return 0;
}

int check_for_monitoring(Session& session, const CheckArguments& args) {
  const config::Configuration& configuration = session.configuration();
  std::vector<const config::ServerConfig*> servers;
  bool errors = !configuration.servers().empty() && !configuration.conflicts().empty();
  if (!errors) {
    const bool all = std::ranges::count(args.servers, "all") > 0;
    for (const auto& [name, server] : configuration.servers()) {
      if (all || std::ranges::count(args.servers, name) > 0) servers.push_back(&server);
    }
    errors = std::ranges::any_of(args.servers, [&](const std::string& name) {
      return all ? name != "all" : configuration.find_server(name) == nullptr;
    });
  }
  std::vector<report::CheckReport> reports;
  app::check_servers(session.global(), servers, args.time_limit(),
                     [&](const report::CheckReport& report) { reports.push_back(report); });
  const report::NagiosReport result = report::to_nagios(reports, errors);
  session.writer().raw(result.text);
  return result.status;
}

int check(Session& session, const CheckArguments& args) {
  if (args.nagios) return check_for_monitoring(session, args);
  return args.explain ? explain_to_people(session, args) : check_for_people(session, args);
}

struct ReplicationArguments : OfServers {
  bool minimal = false;
  std::optional<std::string> target, source;
};

void declare_replication(Options& options, ReplicationArguments& args) {
  options.flag({"--minimal"}, args.minimal, "print one line for each client");
  options.choice({"--target"}, args.target, {"all", "hot-standby", "wal-streamer"}, "clients to show (default: all)");
  options.choice({"--source"}, args.source, {"backup-host", "wal-host"},
                 "connection to ask: conninfo, or wal_conninfo (default: backup-host)");
}

app::ReplicationRequest request_of(const ReplicationArguments& args) {
  app::ReplicationRequest request;
  if (args.target == "hot-standby") request.target = report::ReplicationTarget::hot_standby;
  if (args.target == "wal-streamer") request.target = report::ReplicationTarget::wal_streamer;
  request.minimal = args.minimal;
  request.from_wal_host = args.source == "wal-host";
  return request;
}

// JSON names the server also when nothing is known about it.
void replication_status(Session& session, ServerContext& server, const ReplicationArguments& args) {
  try {
    session.writer().write(app::replication_status(server, request_of(args)));
  } catch (const Error& error) {
    report::ReplicationReport unknown;
    unknown.server = server.config().name;
    unknown.reached = false;
    session.writer().write(unknown);
    throw;
  }
}

struct OneFlag {
  bool set = false;
};

void list_servers(Session& session, const OneFlag& minimal) {
  report::ServerList list{{}, minimal.set};
  for (const config::ServerConfig* server : session.select({"all"}, {}))
    list.servers.push_back(
        {server->name, server->description.value_or(""), server->active, server->disabled(), server->passive()});
  session.writer().write(list);
}

void diagnose(Session& session, const OneFlag& show_sources) {
  session.load_servers(/*conflicts_stop=*/false);
  output::Diagnosis diagnosis{session.configuration(), app::own_system_info(), now(), {}, show_sources.set};
  for (const config::ServerConfig* config : session.select({"all"}, {})) {
    ServerContext server = session.server(*config);
    app::Findings found = app::diagnose(
        server, [&](const std::function<void()>& part) { session.attempt(*config, part); },
        [&](const Error& error) { session.report(*config, error); });
    diagnosis.servers.push_back({*config, std::move(found.status), std::move(found.backups), std::move(found.last_wals),
                                 std::move(found.system)});
  }
  session.writer().info(output::diagnosis_text(diagnosis), Notifier::Logged::no);
}

struct TerminateArguments : OfServer {
  std::string task;
};

void cron(Session& session, const OneFlag& keep_descriptors) {
  if (!session.load_servers()) return;
  session.advise_when_empty();
  app::run_cron(session.configuration(), keep_descriptors.set, session.writer());
}

struct ModelArguments : OfServer {
  std::optional<std::string> model;
  bool reset = false;
};

void declare_config_switch(Options& options, ModelArguments& args) {
  options.positional("server_name", args.server, "server whose model is changed");
  options.optional_positional("model_name", args.model, "model to use from now on");
  options.flag({"--reset"}, args.reset, "go back to the configuration without a model; no model is needed then");
}

// Where nobody sees it who may see what runs.
std::string read_standard_input() {
  constexpr std::size_t most = 16 * 1024 * 1024;
  std::string text;
  fs::read_blocks(STDIN_FILENO, "standard input", [&](std::string_view block) {
    text += block;
    if (text.size() > most) throw Error(Errc::usage, fmt::format("standard input has more than {} bytes", most));
  });
  return text;
}

int config_switch(Session& session, const ModelArguments& args) {
  if (!args.model && !args.reset) {
    session.writer().error("Either a model name or '--reset' flag need to be given");
    return 1;
  }
  const config::ServerConfig* config = session.select_one(args.server, {});
  if (config == nullptr) return 0;
  if (args.reset) {
    session.writer().info(fmt::format("Resetting the active model for the server {}", config->name));
    app::reset_model(*config);
  } else {
    report::announce(app::switch_model(session.configuration(), *config, *args.model), session.writer());
  }
  app::restart_receiver_as_configured(session.global(), config->name, session.writer());
  return 0;
}

}  // namespace

Command check_command() {
  const auto args = std::make_shared<CheckArguments>();
  return {.declare = [args](Options& options) { declare_check(options, *args); },
          .run = [args](Session& session) { return check(session, *args); },
          .form = [args] { return args->nagios ? std::optional(output::Format::monitoring) : std::nullopt; }};
}

Command status_command() {
  return servers_verb("servers, or 'all'", {}, nothing_else,
                      [](Session& session, ServerContext& server, const OfServers&) {
                        session.writer().write(app::server_status(server));
                      });
}

Command replication_status_command() {
  return servers_verb<ReplicationArguments>(
      "servers, or 'all'", {.inactive = Inactive::skip, .disabled = Disabled::refuse, .passive = Passive::skip},
      declare_replication, replication_status);
}

Command show_servers_command() {
  return servers_verb("servers to show, or 'all'", {}, nothing_else,
                      [](Session& session, ServerContext& server, const OfServers&) {
                        app::warn_of_unused_primary(server);
                        session.writer().write(app::describe_server(server));
                      });
}

Command list_servers_command() {
  return verb<OneFlag>(
      [](Options& options, OneFlag& minimal) { options.flag({"--minimal"}, minimal.set, "print the names only"); },
      list_servers);
}

Command diagnose_command() {
  return verb<OneFlag>(
      [](Options& options, OneFlag& show_sources) {
        options.flag({"--show-config-source"}, show_sources.set, "show the file that each value comes from");
      },
      diagnose);
}

Command list_processes_command() {
  return server_verb("server", {}, nothing_else, [](Session& session, ServerContext& server, const OfServer&) {
    session.writer().write(app::running_processes(server));
  });
}

Command terminate_process_command() {
  return server_verb<TerminateArguments>(
      "server", {},
      [](Options& options, TerminateArguments& args) {
        options.positional("task", args.task, "task, as list-processes names it");
      },
      [](Session&, ServerContext& server, const TerminateArguments& args) {
        app::terminate_process(server, args.task);
      });
}

Command lock_directory_cleanup_command() {
  return {.declare = [](Options&) {},
          .run =
              [](Session& session) {
                app::remove_free_locks(session.global());
                return 0;
              }};
}

Command cron_command() {
  return verb<OneFlag>(
      [](Options& options, OneFlag& keep_descriptors) {
        options.flag({"--keep-descriptors"}, keep_descriptors.set,
                     "leave stdout and stderr to the processes that it starts");
      },
      cron);
}

Command config_switch_command() { return verb<ModelArguments>(declare_config_switch, config_switch); }

Command config_update_command() {
  return verb<std::string>(
      [](Options& options, std::string& changes) {
        options.positional("json_changes", changes,
                           "JSON list of objects: scope (server or model), server_name or model_name, and the "
                           "options to set; '-': it is read from standard input");
      },
      [](Session& session, const std::string& changes) {
        if (!session.load_servers()) return;
        app::update_configuration(session.configuration(), changes == "-" ? read_standard_input() : changes,
                                  session.writer());
      });
}

}  // namespace barman::cli
