#include "staging.h"

#include <fmt/core.h>
#include <unistd.h>

#include "barman/core/digest.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/signals.h"
#include "barman/core/text.h"
#include "barman/exec/command.h"
#include "barman/fs/file.h"

namespace barman::restore {

namespace {

constexpr std::string_view logger = "barman.restore";
constexpr std::string_view prefix = "barman-restore-";
constexpr mode_t private_directory = 0700;

// Prints "DEVICE FREE-BLOCKS BLOCK-SIZE" for each path.
constexpr const char* facts_script = R"sh(
for path; do
  while [ ! -e "$path" ]; do path=$(dirname -- "$path"); done
  echo "$(stat -L -c %d -- "$path") $(stat -f -c '%a %S' -- "$path")" || exit
done
)sh";

// Names of the directories of ours in $1 that begin with $2.
constexpr const char* find_script =
    "[ ! -d \"$1\" ] || find \"$1\" -mindepth 1 -maxdepth 1 -type d -user \"$(id -u)\" -name \"$2*\" -exec basename {} \\;";

// $1 directory. What works there is ended first: it would write on while its files are removed.
constexpr const char* remove_script = R"sh(
if read -r pid <"$1/working"; then
  case $(tr '\0' ' ' <"/proc/$pid/cmdline") in
    *"$1"*)
      kill "$pid"
      for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" && sleep 0.5 || break; done
      kill -KILL "$pid"
      ;;
  esac
fi 2>/dev/null
rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }  # what was cut off may just have made a file
)sh";

// Field 22 of /proc/{pid}/stat, behind the name in parentheses; empty: there is no such process.
std::string start_of(std::int64_t pid) {
  const auto text = fs::read_file_if_exists(fmt::format("/proc/{}/stat", pid));
  if (!text) return {};
  const std::vector<std::string> fields = split_whitespace(text->substr(text->rfind(')') + 1));
  constexpr std::size_t start = 19;
  return fields.size() > start ? fields[start] : std::string();
}

exec::Outcome run(fs::Host& host, std::vector<std::string> argv, std::string_view what) {
  exec::Command command(std::move(argv), exec::Limits::within(host.patience()));
  command.log_output = false;
  return exec::run_checked(host.runner(), command, what);
}

void remove_area(const std::string& path, fs::Host& host) {
  try {
    run(host, {"sh", "-c", remove_script, "sh", path}, fmt::format("cannot remove the work area '{}'", path));
  } catch (const std::exception& error) {
    log::warning(logger, "{}", error.what());
  }
}

}  // namespace

std::vector<std::optional<FileSystemFacts>> file_systems_of(const std::vector<std::string>& paths, fs::Host& host) {
  std::vector<std::optional<FileSystemFacts>> facts(paths.size());
  std::vector<std::string> argv = {"sh", "-c", facts_script, "sh"};
  argv.insert(argv.end(), paths.begin(), paths.end());
  const exec::Command command(std::move(argv), exec::Limits::within(host.patience()));
  const exec::Outcome outcome = host.runner().run(command);
  std::size_t at = 0;
  for (const std::string& line : split_lines(outcome.out)) {
    const std::vector<std::string> words = split_whitespace(line);
    const auto blocks = words.size() == 3 ? parse_decimal(words[1]) : std::nullopt;
    const auto size = words.size() == 3 ? parse_decimal(words[2]) : std::nullopt;
    if (!blocks || !size) continue;
    if (at < facts.size()) facts[at++] = FileSystemFacts{words[0], *blocks * *size};
  }
  if (at != paths.size()) {
    log::warning(logger, "cannot find out how much room there is: {}", exec::describe(command, outcome));
    facts.assign(paths.size(), std::nullopt);
  }
  return facts;
}

std::optional<AreaName> parse_area_name(std::string_view name) {
  if (!name.starts_with(prefix)) return std::nullopt;
  const std::vector<std::string> parts = split(name.substr(prefix.size()), '-');
  if (parts.size() != 3) return std::nullopt;
  const std::vector<std::string> process = split(parts[1], '.');
  const auto pid = process.size() == 2 ? parse_decimal(process[0]) : std::nullopt;
  if (!pid) return std::nullopt;
  return AreaName{parts[0], *pid, process[1]};
}

std::string area_owner(const std::string& server_directory) {
  const std::string machine = fs::read_file_if_exists("/etc/machine-id").value_or("");
  std::string host(256, '\0');
  if (::gethostname(host.data(), host.size() - 1) != 0) host.clear();
  constexpr std::size_t digits = 12;
  return digest_of(fmt::format("{}\n{}\n{}", machine, host.c_str(), server_directory)).substr(0, digits);
}

void remove_abandoned_areas(const std::string& parent, const std::string& owner, fs::Host& host) {
  const std::string ours = fmt::format("{}{}-", prefix, owner);
  const exec::Outcome found =
      run(host, {"sh", "-c", find_script, "sh", parent, ours}, fmt::format("cannot look into '{}'", parent));
  for (const std::string& line : split_lines(found.out)) {
    const auto name = parse_area_name(line);
    if (!name || name->owner != owner || start_of(name->pid) == name->start) continue;
    log::info(logger, "removing '{}/{}', which a restore left that was killed", parent, line);
    remove_area(fmt::format("{}/{}", parent, line), host);
  }
}

StagingDirectory::StagingDirectory(const std::string& parent, const std::string& owner, fs::Host& host) : host_(host) {
  host.make_directories(parent, private_directory);
  const std::string pattern =
      fmt::format("{}/{}{}-{}.{}-XXXXXXXXXX", parent, prefix, owner, ::getpid(), start_of(::getpid()));
  const exec::Outcome outcome =
      run(host, {"mktemp", "-d", "--", pattern}, fmt::format("cannot make a work area in '{}'", parent));
  const std::string_view said = trim(outcome.out);
  path_ = said.substr(said.rfind('\n') + 1);  // after anything that a login shell prints
  if (!path_.starts_with(parent))
    throw Error(Errc::io, fmt::format("cannot make a work area in '{}': mktemp answered '{}'", parent, path_));
}

StagingDirectory::~StagingDirectory() {
  const signals::Deferral deferral;
  remove_area(path_, host_);
}

}  // namespace barman::restore
