#include "barman/app/init.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"
#include "barman/setup/plan.h"

namespace barman::app {
namespace {

using config::Configuration;
using Outcome = report::Setup::Outcome;

constexpr std::chrono::seconds patience{10};
constexpr mode_t file_mode = 0640;

setup::Request request_of(const InitRequest& request) {
  setup::Request wanted{.server = request.server,
                        .conninfo = request.conninfo,
                        .streaming_conninfo = request.streaming_conninfo,
                        .ssh_command = request.ssh_command,
                        .directory = request.directory,
                        .description = request.description};
  if (request.slot_name) wanted.slot = *request.slot_name;
  return wanted;
}

std::string file_of(const Configuration& configuration, const std::string& server) {
  const config::GlobalConfig& global = configuration.global();
  if (!global.configuration_files_directory)
    throw Error(Errc::config, fmt::format("{} does not say where files of servers are", global.file),
                "set configuration_files_directory = /etc/barman.d in its section [barman]");
  const std::string directory = fs::expand_home(*global.configuration_files_directory);
  if (!fs::is_directory(directory))
    throw Error(Errc::config, fmt::format("the configuration_files_directory '{}' is not a directory", directory),
                "make it, or set configuration_files_directory in " + global.file);
  return fmt::format("{}/{}.conf", directory, server);
}

Error taken(const InitRequest& request, const std::string& what) {
  return {Errc::refused, what,
          fmt::format("'barman check --explain {}' says what it lacks; change the file, or choose another name",
                      request.server)};
}

// Two at a time would both find nothing.
void write(const config::GlobalConfig& global, report::Setup& setup) {
  const auto lock = fs::LockFile::try_acquire(fs::config_update_lock(global.barman_lock_directory));
  if (!lock)
    throw Error(Errc::lock_busy, "another process is updating barman configuration files",
                "try again when it has finished");
  if (const auto present = fs::read_file_if_exists(setup.file)) {
    if (*present != setup.content) throw Error(Errc::refused, fmt::format("'{}' is there by now", setup.file));
    setup.outcome = Outcome::unchanged;
    return;
  }
  fs::replace_file(setup.file, setup.content, file_mode);
  setup.outcome = Outcome::written;
}

// What was written is read as every command will read it.
void look_at_result(const config::GlobalConfig& global, report::Setup& setup) {
  const Configuration configuration = Configuration::read(global.file);
  std::vector<std::string> faults = configuration.conflicts();
  if (const config::ServerConfig* server = configuration.find_server(setup.server))
    for (const auto& fault : server->faults) faults.push_back(fault.text);
  for (const std::string& fault : faults) setup.findings.push_back({"configuration", false, fault});
}

void add_next_steps(report::Setup& setup) {
  const auto add = [&](const char* text, const char* command, bool names_server = true) {
    setup.next_steps.push_back({text, names_server ? fmt::format("{} {}", command, setup.server) : command});
  };
  add("Start the WAL receiver, which makes its replication slot; cron does it every minute:", "barman cron", false);
  add("See that WAL arrives:", "barman switch-wal --archive");
  add("See that nothing is missing:", "barman check");
  add("Take the first backup:", "barman backup --wait");
}

}  // namespace

report::Setup init_server(const Configuration& configuration, const InitRequest& request) {
  return init_server(configuration, request, postgres::connect_as_barman);
}

report::Setup init_server(const Configuration& configuration, const InitRequest& request,
                          const postgres::Connect& connect) {
  setup::require_server_name(request.server);
  if (request.directory && !request.directory->starts_with('/'))
    throw Error(Errc::usage, fmt::format("'{}' is not an absolute path", *request.directory));
  const std::string file = file_of(configuration, request.server);
  const auto present = fs::read_file_if_exists(file);
  const bool known =
      configuration.find_server(request.server) != nullptr || configuration.models().contains(request.server);
  if (known && !present) throw taken(request, fmt::format("'{}' is configured already", request.server));

  setup::Request wanted = request_of(request);
  wanted.configured = present.has_value();
  const config::GlobalConfig& global = configuration.global();
  const setup::Facts facts = setup::gather_facts(wanted, global.barman_user, patience, connect, {});
  report::Setup setup = setup::judge(wanted, facts);
  setup.file = file;
  if (!facts.regular.ok) return setup;
  setup.content = setup::configuration_text(wanted, facts);
  if (present && *present != setup.content) throw taken(request, fmt::format("'{}' exists", file));
  if (request.dry_run) {
    setup.outcome = present ? Outcome::unchanged : Outcome::dry_run;
    return setup;
  }
  try {
    write(global, setup);
  } catch (const Error& error) {
    if (error.code() != Errc::io) throw;
    setup.problem = error.what();
    return setup;
  }
  look_at_result(global, setup);
  add_next_steps(setup);
  return setup;
}

}  // namespace barman::app
