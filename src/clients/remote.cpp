#include "remote.h"

#include <fmt/core.h>

#include "barman/exec/shell.h"
#include "program.h"

namespace barman::clients {

namespace {

constexpr std::string_view test_wal = "dummy_wal_name";
// Barman's hang_timeout as it is when nothing is configured: PostgreSQL calls again.
constexpr std::chrono::hours hang_limit{1};

std::string quote_if_needed(const std::string& word) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  const bool safe = !word.empty() && word.find_first_not_of(plain) == std::string::npos;
  return safe ? word : exec::shell_quote(word);
}

// Barman's own words stay as they are wherever they do.
bool looks_like_option(const std::string& server) { return server.starts_with('-'); }

std::vector<std::string> barman_over_ssh(const Remote& remote) {
  std::vector<std::string> argv = {"ssh"};
  if (remote.port) argv.insert(argv.end(), {"-p", *remote.port});
  argv.insert(argv.end(), {"-q", "-T", fmt::format("{}@{}", remote.user, remote.host), "barman"});
  return argv;
}

exec::Command ssh_command(std::vector<std::string> argv) {
  exec::Command command(std::move(argv), exec::Limits::unless_idle(hang_limit));
  command.log_output = false;
  return command;
}

}  // namespace

void declare_remote_user(usage::Options& options, Remote& remote) {
  options.value({"-U", "--user"}, remote.user, "USER", "user to log in as on the Barman host (default: barman)");
  options.value({"--port"}, remote.port, "PORT", "port of ssh on the Barman host");
}

void declare_remote_config(usage::Options& options, Remote& remote) {
  options.value({"-c", "--config"}, remote.config, "CONFIG", "configuration file on the Barman host");
}

std::vector<std::string> put_wal_argv(const Remote& remote, const std::string& server, bool test) {
  std::vector<std::string> argv = barman_over_ssh(remote);
  if (remote.config) argv.push_back("--config=" + exec::shell_quote(*remote.config));
  argv.emplace_back("put-wal");
  if (looks_like_option(server)) {
    if (test) argv.emplace_back("--test");
    argv.emplace_back("--");
  }
  argv.push_back(quote_if_needed(server));
  if (test && !looks_like_option(server)) argv.emplace_back("--test");
  return argv;
}

std::vector<std::string> get_wal_argv(const Remote& remote, const GetWalRequest& request) {
  std::vector<std::string> argv = barman_over_ssh(remote);
  if (remote.config) argv.push_back("--config " + quote_if_needed(*remote.config));
  std::string verb = "get-wal";
  if (request.test) verb += " --test";
  if (request.peek) verb += fmt::format(" --peek '{}'", *request.peek);
  if (request.gzip) verb += " --gzip";
  if (request.bzip2) verb += " --bzip2";
  if (request.keep_compression) verb += " --keep-compression";
  if (request.partial) verb += " --partial";
  if (looks_like_option(request.server)) verb += " --";
  verb += fmt::format(" {} {}", exec::shell_quote(request.server),
                      exec::shell_quote(request.test ? test_wal : std::string_view(request.wal)));
  argv.push_back(std::move(verb));
  return argv;
}

exec::Outcome run_ssh(exec::Runner& runner, std::vector<std::string> argv, int input_fd, int output_fd) {
  exec::Command command = ssh_command(std::move(argv));
  command.input_fd = input_fd;
  command.output_fd = output_fd;
  command.on_error_line = print_error_line;
  return runner.run(command);
}

int run_ssh_test(exec::Runner& runner, std::vector<std::string> argv) {
  const exec::Outcome outcome = runner.run(ssh_command(std::move(argv)));
  answer(outcome.out + outcome.err + '\n');
  return outcome.status;
}

}  // namespace barman::clients
