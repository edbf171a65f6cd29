#include "running_cluster.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/python_repr.h"
#include "barman/core/text.h"

namespace barman::restore {

namespace {

// Prints "serves PID PLACE" for a PostgreSQL server that works in the directory or on one of the tablespaces, "other
// PID 0" for a process of that number that is not PostgreSQL. A server's working directory is its data directory; -ef
// compares through links and mounts, other containers' included. Who works there under the number of postmaster.pid is
// taken for its server by whatever name; where the system does not show the working directory (another user's process,
// no /proc), so is a server of that number. $1 process of postmaster.pid or empty, $2 data directory, others:
// tablespaces.
constexpr const char* find_server_script = R"sh(
is_server() {
  name=
  { read -r name <"/proc/$1/comm"; } 2>/dev/null || name=$(ps -p "$1" -o comm= 2>/dev/null)
  case $name in *postgres* | *postmaster*) return 0 ;; esac
  return 1
}
pid=$1; data=$2; shift 2
if [ -n "$pid" ]; then
  if [ "/proc/$pid/cwd" -ef "$data" ] || { [ ! -d "/proc/$pid/cwd/" ] && is_server "$pid"; }; then
    echo "serves $pid 0"
    exit 0
  elif kill -0 "$pid" 2>/dev/null || [ -d "/proc/$pid" ]; then
    echo "other $pid 0"
  fi
fi
for process in /proc/[0-9]*; do
  [ -d "$process/cwd/" ] && is_server "${process#/proc/}" || continue
  if [ "$process/cwd" -ef "$data" ]; then echo "serves ${process#/proc/} 0"; exit 0; fi
  number=0
  for location; do
    number=$((number + 1))
    for link in "$process"/cwd/pg_tblspc/*; do
      if [ "$link" -ef "$location" ]; then echo "serves ${process#/proc/} $number"; exit 0; fi
    done
  done
done
exit 0
)sh";

std::optional<ServerProcess> find_server(std::optional<std::int64_t> pid, const std::string& destination,
                                         const std::vector<PlacedTablespace>& tablespaces, fs::Host& host) {
  std::vector<std::string> argv = {"sh", "-c", find_server_script, "sh", pid ? std::to_string(*pid) : "", destination};
  for (const PlacedTablespace& tablespace : tablespaces) argv.push_back(tablespace.location);
  exec::Command command(std::move(argv), exec::Limits::within(host.patience()));
  command.log_output = false;
  const exec::Outcome outcome =
      exec::run_checked(host.runner(), command, "cannot look for PostgreSQL servers on the target host");
  return parse_server_process(outcome.out);
}

}  // namespace

std::optional<std::int64_t> postmaster_of(std::string_view postmaster_pid) {
  std::string_view line = trim(postmaster_pid.substr(0, postmaster_pid.find('\n')));
  if (line.starts_with('-')) line.remove_prefix(1);
  const auto pid = parse_decimal(line);
  return pid && *pid > 0 ? pid : std::nullopt;
}

std::optional<ServerProcess> parse_server_process(std::string_view answer) {
  std::optional<ServerProcess> found;
  for (const std::string& line : split_lines(answer)) {
    const std::vector<std::string> words = split(line, ' ');
    const auto pid = words.size() == 3 ? parse_decimal(words[1]) : std::nullopt;
    const auto place = words.size() == 3 ? parse_decimal(words[2]) : std::nullopt;
    if (!pid || !place || (words[0] != "serves" && words[0] != "other"))
      throw Error(
          Errc::remote,
          fmt::format("cannot look for PostgreSQL servers on the target host: unexpected answer {}", python_repr(line)),
          "the ssh command must not print anything of its own");
    const auto kind = words[0] == "serves" ? ServerProcess::Kind::serves : ServerProcess::Kind::other;
    if (!found || kind == ServerProcess::Kind::serves)
      found = ServerProcess{kind, *pid, static_cast<std::size_t>(*place)};
  }
  return found;
}

void refuse_running_cluster(const std::string& destination, const std::vector<PlacedTablespace>& tablespaces,
                            fs::Host& host, Notifier& notifier) {
  const std::string file = destination + "/postmaster.pid";
  const auto text = host.read_file_if_exists(file);
  const auto found = find_server(text ? postmaster_of(*text) : std::nullopt, destination, tablespaces, host);
  if (!found) return;
  if (found->kind == ServerProcess::Kind::other) {
    notifier.warning(
        fmt::format("Ignoring '{}': process {} is not a PostgreSQL server of this directory.", file, found->pid));
    return;
  }
  const std::string place =
      found->place == 0 || found->place > tablespaces.size()
          ? fmt::format("in the destination folder '{}'", destination)
          : fmt::format("on '{}', the destination path for the tablespace '{}'", tablespaces[found->place - 1].location,
                        tablespaces[found->place - 1].name);
  throw Error(
      Errc::refused,
      fmt::format("The restore operation cannot proceed because a PostgreSQL server is running {} (process {}).", place,
                  found->pid),
      found->place == 0 ? fmt::format("stop it, or choose a different location; if process {} is not a server "
                                      "of this directory, remove '{}'",
                                      found->pid, file)
                        : "stop it, or choose a different location with --tablespace NAME:LOCATION");
}

}  // namespace barman::restore
