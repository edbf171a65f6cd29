#include "barman/clients/gatekeeper.h"

#include <fmt/core.h>
#include <syslog.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "barman/core/error.h"
#include "barman/core/python_repr.h"
#include "barman/exec/programs.h"
#include "barman/fs/file.h"
#include "gate.h"
#include "program.h"

namespace barman::clients {

namespace {

// What a shell says of a command that it may not run. PostgreSQL takes a status above 125 of a restore_command for a
// reason to stop, and a lower one for the end of WAL: a standby would be promoted by a wrong line in authorized_keys.
constexpr int exit_refused = 126;

constexpr Program program = {
    .name = "barman-gatekeeper",
    .summary = "forced command that serves one PostgreSQL host's WAL and nothing else",
    .description =
        "The forced command of a PostgreSQL host's key in authorized_keys on the Barman host. The key then "
        "serves barman-wal-archive and barman-wal-restore for its own server, and nothing else.",
    .exit_status =
        "That of the barman command, when it is allowed. 2 when the gatekeeper's own command line is wrong. "
        "126 when the command is refused or barman cannot be run.",
    .examples = R"(
In authorized_keys of the user barman, for the key of the host of server `main`:

    restrict,command="/usr/local/bin/barman-gatekeeper main" ssh-ed25519 AAAA... postgres@db1
)",
    .details = R"(
It lets put-wal and get-wal through as barman-wal-archive and barman-wal-restore ask for them, with their options, for
the server it was given and those of `--also`. It takes the command apart by itself, expands nothing, and starts barman
without a shell: the one that lies beside it, else the first in PATH. A refusal is told to the other side, and written
to the log of the system (facility authpriv), with the address that it came from.

# ENVIRONMENT
- `SSH_ORIGINAL_COMMAND` :: what the other side asks for, as sshd hands it over

- `SSH_CONNECTION` :: where it comes from
)"};

struct Arguments {
  std::string server;
  std::vector<std::string> also;
  std::optional<std::string> only;
  GateRules rules;
};

void declare(usage::Options& options, Arguments& arguments) {
  options.value({"-c", "--config"}, arguments.rules.config, "CONFIG",
                "configuration file for every command. Without it none can be chosen from over there.");
  options.choice({"--only"}, arguments.only, {"put-wal", "get-wal"}, "allow sending WAL only, or fetching it only");
  options.repeated({"--also"}, arguments.also, "SERVER_NAME", "another server of the same host; may be repeated");
  options.positional("SERVER_NAME", arguments.server, "name of the PostgreSQL server in Barman's configuration");
}

// The one that was installed with us, else the first in PATH.
std::string find_barman() {
  std::string beside = fs::parent_directory(exec::own_executable()) + "/barman";
  if (::access(beside.c_str(), X_OK) == 0) return beside;
  if (const auto found = exec::find_program("barman")) return *found;
  throw Failure(exit_refused, "barman is not installed here");
}

[[noreturn]] void become_barman(const std::vector<std::string>& arguments) {
  const std::string path = find_barman();
  std::vector<char*> argv = {const_cast<char*>("barman")};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  for (const int ignored : {SIGPIPE, SIGXFSZ}) ::signal(ignored, SIG_DFL);
  ::execv(path.c_str(), argv.data());
  throw Failure(exit_refused, fmt::format("cannot run '{}': {}", path, std::strerror(errno)));
}

// For the administrator of this host; the peer reads standard error.
void log_refusal(std::string_view command, const Error& reason) {
  const char* connection = std::getenv("SSH_CONNECTION");
  const std::string_view peer = connection != nullptr ? connection : "unknown";
  ::openlog(program.name.data(), LOG_PID, LOG_AUTHPRIV);
  ::syslog(
      LOG_WARNING, "%s",
      fmt::format("refused {} from {}: {}", python_repr(shown(command)), peer.substr(0, peer.find(' ')), reason.what())
          .c_str());
  ::closelog();
}

int guard(Arguments& arguments) {
  GateRules& rules = arguments.rules;
  rules.only = arguments.only.value_or("");
  rules.servers = arguments.also;
  rules.servers.insert(rules.servers.begin(), arguments.server);
  const char* given = std::getenv("SSH_ORIGINAL_COMMAND");
  const std::string command = given != nullptr ? given : "";
  try {
    become_barman(admit(rules, command));
  } catch (const Error& error) {
    log_refusal(command, error);
    throw Failure(exit_refused, fmt::format("refused by barman-gatekeeper: {}", with_hint(error)));
  }
}

}  // namespace

int gatekeeper(int argc, char** argv) {
  Arguments arguments;
  return run_program(
      program, argc, argv, [&](usage::Options& options) { declare(options, arguments); },
      [&] { return guard(arguments); });
}

usage::ManualPage gatekeeper_manual() {
  Arguments arguments;
  return manual_page(program, [&](usage::Options& options) { declare(options, arguments); });
}

}  // namespace barman::clients
