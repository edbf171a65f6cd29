#include "combine.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/exec/command.h"

namespace barman::restore {

namespace {

// Runs the command and prints a dot a second for as long as it does something: a command that hangs is noticed by the
// silence, and one whose caller is gone ends when its dot reaches nobody. $1 file for the process id of this shell, or
// empty; the others are the command.
constexpr const char* watch_script = R"sh(
pid_file=$1
shift
[ -z "$pid_file" ] || echo $$ >"$pid_file" || exit
"$@" &
pid=$!
trap 'kill "$pid"' HUP INT TERM
(
  trap '' PIPE
  before= nap=
  trap '[ -z "$nap" ] || kill "$nap"; exit' TERM
  while sleep 1 >/dev/null 2>&1 & nap=$!; wait "$nap" && kill -0 "$pid"; do
    now=$(cat "/proc/$pid/io" "/proc/$pid/status")
    [ -n "$now" ] && [ "$now" = "$before" ] || printf '.\n' || kill "$pid"
    before=$now
  done
) 2>/dev/null &
beat=$!
wait "$pid"
status=$?
while kill -0 "$pid"; do wait "$pid"; status=$?; done 2>/dev/null
kill "$beat"
[ -z "$pid_file" ] || rm -f "$pid_file"
exit "$status"
)sh";

exec::Command command_of(const CombineCall& call, fs::Host& host) {
  std::vector<std::string> argv = {"sh", "-c", watch_script, "sh", call.pid_file};
  const std::vector<std::string> combine = combine_argv(call.combination, call.output, call.mappings, call.inputs);
  log::info("barman.restore", "Command: {}", exec::to_log(combine));
  argv.insert(argv.end(), combine.begin(), combine.end());
  exec::Command command(std::move(argv), exec::Limits::unless_silent(host.patience()));
  command.on_output_line = [](std::string_view) {};  // only shows that it is alive
  return command;
}

}  // namespace

double run_combine(const CombineCall& call, const std::string& backup_id, fs::Host& host, const RestoreRun& run) {
  run.server.notifier().info(
      fmt::format("Start combining backup via pg_combinebackup for backup {} on {}", backup_id, call.output));
  const Timestamp start = now();
  {
    const Waiting waiting(run.progress, "combining the backups");
    const exec::Command command = command_of(call, host);
    const exec::Outcome outcome = host.runner().run(command);
    if (!outcome.ok())
      throw Error(Errc::postgres, fmt::format("Combine action failure on directory '{}'\npg_combinebackup error:\n{}",
                                              call.output, exec::describe(command, outcome)));
  }
  run.server.notifier().info(fmt::format("End combining backup via pg_combinebackup for backup {}", backup_id));
  return static_cast<double>((now() - start).count()) / 1e6;
}

}  // namespace barman::restore
