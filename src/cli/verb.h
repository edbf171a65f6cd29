#pragma once
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "commands.h"
#include "session.h"

// Verbs made of what they share: arguments of their own, and the server, servers or backup that they are about.
//
// `Arguments` is a struct that lives as long as the command. `declare(options, arguments)` says what else there is to
// type; `run(session, ..., arguments)` does the work and returns the exit code, or nothing: the writer's verdict then
// counts, as it does where a server cannot be had, which has been reported.
namespace barman::cli {

struct OfServer {
  std::string server;
};
struct OfServers {
  std::vector<std::string> servers;
};
struct OfBackup : OfServer {
  std::string backup;
};

inline constexpr auto nothing_else = [](Options&, const auto&) {};

// A flag that Barman does not know: in help and manual, but not in the usage block, which is Barman's.
OptionSpec own_flag(std::string name, bool& target, std::string help);

// Works on one server. Returns its exit code, or 0.
template <typename Work>
int with_server(Session& session, const std::string& name, const ServerPolicy& policy, Work work) {
  const config::ServerConfig* config = session.select_one(name, policy);
  if (config == nullptr) return 0;
  ServerContext server = session.server(*config);
  if constexpr (std::is_void_v<decltype(work(server))>) {
    work(server);
    return 0;
  } else {
    return work(server);
  }
}

template <typename Arguments, typename Declare, typename Run>
Command verb(Declare declare, Run run) {
  const auto arguments = std::make_shared<Arguments>();
  return {.declare = [=](Options& options) { declare(options, *arguments); },
          .run = [=](Session& session) -> int {
            if constexpr (std::is_void_v<decltype(run(session, *arguments))>) {
              run(session, *arguments);
              return 0;
            } else {
              return run(session, *arguments);
            }
          }};
}

// `help`: of the argument server_name. run(session, server, arguments).
template <typename Arguments = OfServer, typename Declare, typename Run>
Command server_verb(std::string help, const ServerPolicy& policy, Declare declare, Run run) {
  return verb<Arguments>(
      [=](Options& options, Arguments& arguments) {
        options.positional("server_name", arguments.server, help);
        declare(options, arguments);
      },
      [=](Session& session, const Arguments& arguments) {
        return with_server(session, arguments.server, policy,
                           [&](ServerContext& server) { return run(session, server, arguments); });
      });
}

// One backup of a server.
template <typename Arguments = OfBackup, typename Declare, typename Run>
Command backup_verb(const ServerPolicy& policy, Declare declare, Run run) {
  return server_verb<Arguments>(
      "server the backup belongs to", policy,
      [=](Options& options, Arguments& arguments) {
        options.positional("backup_id", arguments.backup, "id, name or shortcut (latest, oldest, ...) of the backup");
        declare(options, arguments);
      },
      run);
}

// Servers, one after the other: what goes wrong with one keeps no other from its turn. run(session, server, arguments).
template <typename Arguments = OfServers, typename Declare, typename Run>
Command servers_verb(std::string help, const ServerPolicy& policy, Declare declare, Run run) {
  return verb<Arguments>(
      [=](Options& options, Arguments& arguments) {
        options.positional_list("server_name", arguments.servers, help);
        declare(options, arguments);
      },
      [=](Session& session, const Arguments& arguments) {
        session.for_each_server(arguments.servers, policy, [&](const config::ServerConfig& config) {
          ServerContext server = session.server(config);
          run(session, server, arguments);
        });
      });
}

}  // namespace barman::cli
