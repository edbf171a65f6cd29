#include "barman/clients/wal_restore.h"

#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <thread>

#include "barman/core/error.h"
#include "barman/exec/local_runner.h"
#include "destination.h"
#include "get_wal.h"
#include "program.h"
#include "segment_header.h"
#include "spool.h"

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
    .setting = "restore_command = 'barman-wal-restore backup main %f %p'"};

struct Arguments {
  Remote remote;
  GetWalRequest request;
  std::string destination;
  std::string spool_directory = "/var/tmp/walrestore";
  int parallel = 0;
  int sleep_seconds = 0;
};

void declare_transfer(ArgumentParser& parser, GetWalRequest& request) {
  const auto set = [](bool& target) { return [&target](const std::string&) { target = true; }; };
  parser.flag({"-P", "--partial"}, "accept partial segments (.partial), too", set(request.partial));
  parser.flag({"-z", "--gzip"}, "have the file compressed with gzip on the way", set(request.gzip));
  parser.flag({"-j", "--bzip2"}, "have the file compressed with bzip2 on the way", set(request.bzip2));
  parser.flag({"--keep-compression"}, "have the file sent as it is archived; it is decompressed here",
              set(request.keep_compression));
  parser.exclusive({"-z", "-j", "--keep-compression"});
}

void declare(ArgumentParser& parser, Arguments& arguments) {
  GetWalRequest& request = arguments.request;
  declare_remote_user(parser, arguments.remote);
  parser.value({"-s", "--sleep"}, "SECONDS", "wait this long before reporting a failure (default: 0)",
               [&arguments](const std::string& value) { arguments.sleep_seconds = parse_int(value); });
  parser.value({"-p", "--parallel"}, "JOBS",
               "fetch up to this many segments at the same time and keep those not asked for yet",
               [&arguments](const std::string& value) { arguments.parallel = parse_int(value); });
  parser.value({"--spool-dir"}, "SPOOL_DIR", "where to keep them (default: /var/tmp/walrestore)",
               [&arguments](const std::string& value) { arguments.spool_directory = value; });
  declare_transfer(parser, request);
  declare_remote_config(parser, arguments.remote);
  parser.flag({"-t", "--test"},
              "try the connection and the server's configuration; fetch nothing. WAL_NAME and WAL_DEST are not looked "
              "at.",
              [&request](const std::string&) { request.test = true; });
  parser.positional("BARMAN_HOST", "host that runs Barman", arguments.remote.host);
  parser.positional("SERVER_NAME", "name of the PostgreSQL server in Barman's configuration", request.server);
  parser.positional("WAL_NAME", "file to fetch: %f in restore_command", request.wal);
  parser.positional("WAL_DEST", "where to put it: %p in restore_command", arguments.destination);
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

// Fetches segments into the spool, each from a thread of its own. What fails is fetched when PostgreSQL asks for it.
class Prefetch {
 public:
  Prefetch(exec::Runner& runner, const Arguments& arguments, const Spool& spool,
           const std::vector<std::string>& names) {
    for (const std::string& name : names)
      if (!spool.holds(name))
        threads_.emplace_back([&runner, &arguments, &spool, name] { fetch(runner, arguments, spool, name); });
  }
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;
  ~Prefetch() {
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  static void fetch(exec::Runner& runner, const Arguments& arguments, const Spool& spool, const std::string& name) {
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

  std::vector<std::thread> threads_;
};

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
  if (arguments.parallel != 0) {
    spool.create();
    ahead = peek(runner, arguments.remote, arguments.request, arguments.parallel);
    if (!ahead.empty()) ahead.erase(ahead.begin());
    if (std::cmp_greater(ahead.size(), arguments.parallel)) ahead.resize(static_cast<std::size_t>(arguments.parallel));
  }
  const Prefetch prefetch(runner, arguments, spool, ahead);
  const auto content = get_wal(runner, arguments.remote, arguments.request,
                               {.target = destination.staging_path(),
                                .mode = destination.mode(),
                                .system_id = spool.system_id(),
                                .sleep_seconds = arguments.sleep_seconds});
  destination.publish(*content);
  return 0;
}

}  // namespace

int wal_restore(int argc, char** argv) {
  Arguments arguments;
  return run_program(
      program, argc, argv, [&](ArgumentParser& parser) { declare(parser, arguments); }, [&] { return run(arguments); });
}

std::vector<usage::OptionSpec> wal_restore_options() {
  Arguments arguments;
  return options_of(program, [&](ArgumentParser& parser) { declare(parser, arguments); });
}

usage::ManualPage wal_restore_manual() {
  Arguments arguments;
  return manual_page(program, [&](ArgumentParser& parser) { declare(parser, arguments); });
}

}  // namespace barman::clients
