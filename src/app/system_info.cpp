#include "barman/app/server_facts.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/host.h"

namespace barman::app {
namespace {

constexpr std::chrono::seconds patience{10};

exec::Outcome run(exec::Runner& runner, std::vector<std::string> argv) {
  exec::Command command(std::move(argv), exec::Limits::within(patience));
  command.logger = "Command";
  try {
    return runner.run(command);
  } catch (const Error& error) {
    exec::Outcome missing;  // a program that is not there is an answer, too
    missing.status = 127;
    missing.err = error.what();
    return missing;
  }
}

std::string first_line(const std::string& text) {
  const auto lines = split_lines(text);
  return lines.empty() ? "" : lines.front();
}

std::string answer(const exec::Outcome& outcome) { return outcome.ok() ? std::string(trim(outcome.out)) : ""; }

}  // namespace

report::SystemInfo system_info(exec::Runner& runner) {
  report::SystemInfo info;
  info.kernel = answer(run(runner, {"uname", "-a"}));
  const exec::Outcome release = run(runner, {"lsb_release", "-a"});
  info.release = release.ok() ? answer(release) : answer(run(runner, {"sh", "-c", "cat /etc/*release"}));
  info.rsync = first_line(answer(run(runner, {"rsync", "--version"})));
  const exec::Outcome ssh = run(runner, {"ssh", "-V"});  // it speaks on standard error
  if (ssh.ok()) info.ssh = first_line(ssh.err.empty() ? ssh.out : ssh.err);
  info.python_path = answer(run(runner, {"sh", "-c", "command -v python3"}));
  if (!info.python_path.empty()) info.python_version = answer(run(runner, {info.python_path, "--version"}));
  return info;
}

report::SystemInfo own_system_info() {
  exec::LocalRunner here;
  return system_info(here);
}

std::optional<report::SystemInfo> remote_system_info(Server& server) {
  if (!server.config().ssh_command) return std::nullopt;
  exec::Runner& runner = server.postgres_host().runner();
  const exec::Outcome reached = run(runner, {"true"});
  if (!reached.ok()) {
    log::warning("barman.diagnose", "cannot look at the PostgreSQL host of server {}: {}", server.config().name,
                 trim(reached.err));
    return std::nullopt;
  }
  return system_info(runner);
}

}  // namespace barman::app
