#include "barman/clients/wal_restore.h"

#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "barman/core/error.h"
#include "barman/core/parallel.h"
#include "barman/exec/local_runner.h"
#include "destination.h"
#include "get_wal.h"
#include "program.h"

namespace barman::clients {

namespace {

constexpr int exit_local = 2;
constexpr mode_t spool_file_mode = 0600;

constexpr Program program = {
    .name = "barman-wal-restore",
    .summary = "restore_command of PostgreSQL for WAL that comes from Barman through ssh",
    .description =
        "PostgreSQL's restore_command for WAL that comes from Barman through ssh, where 'barman get-wal' "
        "hands it out.",
    .exit_status =
        "0 when WAL_DEST is complete. 2 when the command line is wrong, ssh cannot connect or something "
        "fails on this host. 3 when WAL_DEST cannot be written. Otherwise the status of 'barman get-wal', "
        "1 when it has no such file.",
    .examples = R"(
In the configuration of a PostgreSQL that recovers; `backup` is the host of Barman, `main` the server there:

    restore_command = 'barman-wal-restore backup main %f %p'

Fetch four at a time, and the last segment although it is not complete:

    restore_command = 'barman-wal-restore -p 4 -P backup main %f %p'

Does the way work?

    barman-wal-restore --test backup main DUMMY DUMMY
)",
    .details = R"(
It runs `ssh` as PATH has it, which has to log in to the Barman host without a question, as the user of `--user`. It
needs no configuration of Barman on this host. `barman restore --get-wal --remote-ssh-command` writes the line for it.

What arrives is decompressed, whatever it was compressed with, and is put in its place only if it is the segment of that
name and of this cluster. After a failure WAL_DEST is empty. `--gzip` and `--bzip2` are deprecated: a `compression` of
the server, with `--keep-compression`, does the same without more work there. The three exclude each other.

`--partial` lets the last segment be had, which is not complete yet: for recovery to the end of WAL, and not for a
standby, which would take it for the whole one.

`--sleep` keeps a standby that asks in vain from asking again at once. With `--test` the status is that of ssh: 255 is a
connection that failed.

With `--parallel` the Barman host is asked which segments follow, and that many are fetched at a time; those that were
not asked for lie in the spool until they are. A segment of the spool is handed over without ssh, if it is complete,
ours and of this cluster. What fails among them is fetched when PostgreSQL asks for it.

# FILES
- /var/tmp/walrestore :: `--spool-dir`: made when it is missing, of `--parallel` only; the directory above it has to be
there

- ~/.ssh/config :: what ssh has to know beside user and port
)"};

struct Arguments {
  Remote remote;
  GetWalRequest request;
  std::string destination;
  std::string spool_directory = "/var/tmp/walrestore";
  std::optional<int> parallel, sleep_seconds;
};

void declare_transfer(usage::Options& options, GetWalRequest& request) {
  options.flag({"-P", "--partial"}, request.partial, "accept partial segments (.partial), too");
  options.flag({"-z", "--gzip"}, request.gzip, "have the file compressed with gzip on the way");
  options.flag({"-j", "--bzip2"}, request.bzip2, "have the file compressed with bzip2 on the way");
  options.flag({"--keep-compression"}, request.keep_compression,
               "have the file sent as it is archived; it is decompressed here");
  options.exclusive({"-z", "-j", "--keep-compression"});
}

void declare(usage::Options& options, Arguments& arguments) {
  GetWalRequest& request = arguments.request;
  declare_remote_user(options, arguments.remote);
  options.number({"-s", "--sleep"}, arguments.sleep_seconds, "SECONDS",
                 "wait this long before reporting a failure (default: 0)");
  options.number({"-p", "--parallel"}, arguments.parallel, "JOBS",
                 "fetch up to this many segments at the same time and keep those not asked for yet");
  options.value({"--spool-dir"}, arguments.spool_directory, "SPOOL_DIR",
                "where to keep them (default: /var/tmp/walrestore)");
  declare_transfer(options, request);
  declare_remote_config(options, arguments.remote);
  options.flag({"-t", "--test"}, request.test,
               "try the connection and the server's configuration; fetch nothing. WAL_NAME and WAL_DEST are not looked "
               "at.");
  options.positional("BARMAN_HOST", arguments.remote.host, "host that runs Barman");
  options.positional("SERVER_NAME", request.server, "name of the PostgreSQL server in Barman's configuration");
  options.positional("WAL_NAME", request.wal, "file to fetch: %f in restore_command");
  options.positional("WAL_DEST", arguments.destination, "where to put it: %p in restore_command");
}

void warn_of_deprecated(const GetWalRequest& request) {
  const auto warn = [](std::string_view option) {
    print_stdout(
        fmt::format("WARNING: `{}` option is deprecated and will be removed in future versions. For WAL "
                    "compression, please make sure to enable it directly on the Barman server via the "
                    "`compression` configuration option\n",
                    option));
  };
  if (request.gzip) warn("gzip");
  if (request.bzip2) warn("bzip2");
}

int test_connection(exec::Runner& runner, const Arguments& arguments) {
  try {
    return run_ssh_test(runner, get_wal_argv(arguments.remote, arguments.request));
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
    throw Failure(exit_local, "Error executing \"ssh\": " + os_error_text(ENOENT, "ssh"));
  }
}

// Into the spool. What fails is fetched when PostgreSQL asks for it.
void prefetch(exec::Runner& runner, const Arguments& arguments, const Spool& spool, const std::string& name) {
  try {
    GetWalRequest request = arguments.request;
    request.wal = name;
    get_wal(runner, arguments.remote, request,
            {.target = spool.path_of(name), .mode = spool_file_mode, .system_id = spool.system_id()})
        ->commit();
  } catch (const std::exception& failed) {
    print_error_line(fmt::format("Prefetch of WAL file {} failed: {}", name, failed.what()));
  }
}

// Twice the largest segment, however it is compressed. An answer without an end must not fill the disk of the cluster;
// what is written beyond it fails, here and in ssh.
void limit_file_size() {
  constexpr rlim_t largest = rlim_t{2} * 1024 * 1024 * 1024;
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0) throw_errno("ask for", "the limit of file sizes");
  limit.rlim_cur = std::min(limit.rlim_cur, largest);
  if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) throw_errno("set", "the limit of file sizes");
}

int run(const Arguments& arguments) {
  limit_file_size();
  exec::LocalRunner runner;
  if (arguments.request.test) return test_connection(runner, arguments);
  warn_of_deprecated(arguments.request);
  Destination destination(arguments.destination);
  Spool spool(arguments.spool_directory, system_id_near(arguments.destination));
  if (spool.deliver(arguments.request.wal, destination)) return 0;
  std::vector<std::string> ahead;
  if (const int parallel = arguments.parallel.value_or(0); parallel != 0) {
    spool.create();
    ahead = peek(runner, arguments.remote, arguments.request, parallel);
    if (!ahead.empty()) ahead.erase(ahead.begin());
    if (std::cmp_greater(ahead.size(), parallel)) ahead.resize(static_cast<std::size_t>(parallel));
  }
  ThreadGroup others;  // each segment from a thread of its own
  for (const std::string& name : ahead)
    if (!spool.holds(name)) others.start([&, name] { prefetch(runner, arguments, spool, name); });
  const auto content = get_wal(runner, arguments.remote, arguments.request,
                               {.target = destination.staging_path(),
                                .mode = destination.mode(),
                                .system_id = spool.system_id(),
                                .sleep_seconds = arguments.sleep_seconds.value_or(0)});
  destination.publish(*content);
  return 0;
}

}  // namespace

int wal_restore(int argc, char** argv) {
  Arguments arguments;
  return run_program(
      program, argc, argv, [&](usage::Options& options) { declare(options, arguments); },
      [&] { return run(arguments); });
}

std::vector<usage::OptionSpec> wal_restore_options() {
  Arguments arguments;
  return options_of([&](usage::Options& options) { declare(options, arguments); });
}

usage::ManualPage wal_restore_manual() {
  Arguments arguments;
  return manual_page(program, [&](usage::Options& options) { declare(options, arguments); });
}

}  // namespace barman::clients
