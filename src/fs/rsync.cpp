#include "barman/fs/rsync.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"

namespace barman::fs {
namespace {

constexpr int partial_transfer = 23;
constexpr int vanished_files = 24;

bool eat(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// "rsync: [sender] link_stat ..." since 3.2, without the role before.
void skip_role(std::string_view& text) {
  if (!text.starts_with('[')) return;
  const std::size_t end = text.find("] ");
  if (end != std::string_view::npos) text.remove_prefix(end + 2);
}

// `rsync error: some files could not be transferred (code 23) at main.c(1338) [sender=3.2.7]`
bool is_code_23_summary(std::string_view line) {
  constexpr std::string_view place = " (code 23) at main.c(";
  const std::size_t at = line.find(place);
  if (!line.starts_with("rsync error: ") || at == std::string_view::npos) return false;
  std::string_view rest = line.substr(at + place.size());
  const std::size_t number_end = rest.find(')');
  if (number_end == std::string_view::npos || !parse_decimal(rest.substr(0, number_end))) return false;
  rest.remove_prefix(number_end + 1);
  return rest.ends_with(']') &&
         (rest.starts_with(" [generator=") || rest.starts_with(" [receiver=") || rest.starts_with(" [sender="));
}

bool tells_of_vanished_file(std::string_view original) {
  const std::string lower = to_lower(original);
  std::string_view line = trim(lower);
  if (line.starts_with("file has vanished: \"") && line.ends_with('"')) return true;
  if (is_code_23_summary(line)) return true;
  if (!eat(line, "rsync: ")) return false;
  skip_role(line);
  return (line.starts_with("link_stat \"") && line.ends_with("\" failed: no such file or directory (2)")) ||
         (line.starts_with("read errors mapping \"") && line.ends_with("\": no data available (61)"));
}

}  // namespace

exec::Command rsync_call(const Host& remote_end, const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {"rsync"};
  Host::RsyncWay way = remote_end.rsync_way();
  argv.insert(argv.end(), way.options.begin(), way.options.end());
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  exec::Command command(std::move(argv), exec::Limits::unless_idle(remote_end.patience()));
  command.needs = std::move(way.needs);
  return command;
}

exec::Command rsync_command(const RsyncOptions& options, const Host& remote_end, const std::string& source,
                            const std::string& destination) {
  std::vector<std::string> arguments;
  if (options.network_compression) arguments.emplace_back("-z");
  for (const char* word : {"-rLKpts", "--delete-excluded", "--inplace"}) arguments.emplace_back(word);
  if (options.bandwidth_limit > 0) arguments.push_back(fmt::format("--bwlimit={}", options.bandwidth_limit));
  arguments.insert(arguments.end(), options.extra.begin(), options.extra.end());
  arguments.push_back(source);
  arguments.push_back(destination);
  exec::Command command = rsync_call(remote_end, arguments);
  command.input = options.input;
  return command;
}

bool only_vanished_files(std::string_view rsync_stderr) {
  const std::vector<std::string> lines = split_lines(rsync_stderr);
  return std::all_of(lines.begin(), lines.end(),
                     [](const std::string& line) { return trim(line).empty() || tells_of_vanished_file(line); });
}

exec::Outcome run_rsync(exec::Runner& local, const exec::Command& command, bool vanished_files_are_fine) {
  // Judged line by line: a busy server can lose more files during a copy than we want to remember.
  bool only_vanished = true;
  exec::Command watched = command;
  watched.on_error_line = [&](std::string_view line) {
    only_vanished = only_vanished && only_vanished_files(line);
    if (command.on_error_line) command.on_error_line(line);
  };
  exec::Outcome outcome = local.run(watched);
  if (outcome.ok() || outcome.status == vanished_files) return outcome;
  if (outcome.status == partial_transfer && vanished_files_are_fine && only_vanished) return outcome;
  throw Error(Errc::remote, fmt::format("data transfer failure\nrsync error:\n{}", describe(command, outcome)));
}

}  // namespace barman::fs
