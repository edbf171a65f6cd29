#include "barman/clients/wal_restore.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
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

constexpr Program program = {"barman-wal-restore",
                             R"(usage: barman-wal-restore [-h] [-V] [-U USER] [--port PORT] [-s SECONDS]
                          [-p JOBS] [--spool-dir SPOOL_DIR] [-P]
                          [-z | -j | --keep-compression] [-c CONFIG] [-t]
                          BARMAN_HOST SERVER_NAME WAL_NAME WAL_DEST
)",
                             R"(
PostgreSQL's restore_command for WAL that comes from Barman through ssh, where
'barman get-wal' hands it out.

positional arguments:
  BARMAN_HOST           Host that runs Barman.
  SERVER_NAME           Name of the PostgreSQL server in Barman's configuration.
  WAL_NAME              File to fetch: %f in restore_command.
  WAL_DEST              Where to put it: %p in restore_command.

options:
  -h, --help            Show this text and exit.
  -V, --version         Show the version and exit.
  -U USER, --user USER  User to log in as on the Barman host (barman).
  --port PORT           Port of ssh on the Barman host.
  -s SECONDS, --sleep SECONDS
                        Wait this long before reporting a failure (0).
  -p JOBS, --parallel JOBS
                        Fetch up to this many segments at the same time and
                        keep those not asked for yet.
  --spool-dir SPOOL_DIR
                        Where to keep them (/var/tmp/walrestore).
  -P, --partial         Accept partial segments (.partial), too.
  -z, --gzip            Have the file compressed with gzip on the way.
  -j, --bzip2           Have the file compressed with bzip2 on the way.
  --keep-compression    Have the file sent as it is archived; it is
                        decompressed here.
  -c CONFIG, --config CONFIG
                        Configuration file on the Barman host.
  -t, --test            Try the connection and the server's configuration; fetch
                        nothing. WAL_NAME and WAL_DEST are not looked at.
)"};

struct Arguments {
  Remote remote;
  GetWalRequest request;
  std::string destination;
  std::string spool_directory = "/var/tmp/walrestore";
  int parallel = 0;
  int sleep_seconds = 0;
};

void declare(ArgumentParser& parser, Arguments& arguments) {
  Remote& remote = arguments.remote;
  GetWalRequest& request = arguments.request;
  const auto set = [](bool& target) { return [&target](const std::string&) { target = true; }; };
  parser.value({"-U", "--user"}, [&remote](const std::string& value) { remote.user = value; });
  parser.value({"--port"}, [&remote](const std::string& value) { remote.port = value; });
  parser.value({"-s", "--sleep"},
               [&arguments](const std::string& value) { arguments.sleep_seconds = parse_int(value); });
  parser.value({"-p", "--parallel"}, [&arguments](const std::string& value) { arguments.parallel = parse_int(value); });
  parser.value({"--spool-dir"}, [&arguments](const std::string& value) { arguments.spool_directory = value; });
  parser.flag({"-P", "--partial"}, set(request.partial));
  parser.flag({"-z", "--gzip"}, set(request.gzip));
  parser.flag({"-j", "--bzip2"}, set(request.bzip2));
  parser.flag({"--keep-compression"}, set(request.keep_compression));
  parser.exclusive({"-z", "-j", "--keep-compression"});
  parser.value({"-c", "--config"}, [&remote](const std::string& value) { remote.config = value; });
  parser.flag({"-t", "--test"}, set(request.test));
  parser.positional("BARMAN_HOST", remote.host);
  parser.positional("SERVER_NAME", request.server);
  parser.positional("WAL_NAME", request.wal);
  parser.positional("WAL_DEST", arguments.destination);
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
      get_wal(runner, arguments.remote, request, spool.path_of(name), spool_file_mode)->commit();
    } catch (const std::exception& failed) {
      print_error_line(fmt::format("Prefetch of WAL file {} failed: {}", name, failed.what()));
    }
  }

  std::vector<std::thread> threads_;
};

int run(const Arguments& arguments) {
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
  const auto content = get_wal(runner, arguments.remote, arguments.request, destination.staging_path(),
                               destination.mode(), arguments.sleep_seconds);
  destination.publish(*content);
  return 0;
}

}  // namespace

int wal_restore(int argc, char** argv) {
  Arguments arguments;
  return run_program(
      program, argc, argv, [&](ArgumentParser& parser) { declare(parser, arguments); }, [&] { return run(arguments); });
}

}  // namespace barman::clients
