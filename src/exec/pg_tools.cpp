#include "barman/exec/pg_tools.h"

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <tuple>

#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/exec/local_runner.h"
#include "barman/exec/programs.h"

namespace barman::exec {
namespace {

constexpr std::chrono::seconds version_deadline{10};

// "pg_basebackup (PostgreSQL) 15.20 (Debian 15.20-1)": what is in parentheses goes, the second word stays.
std::string version_word(std::string_view line) {
  std::string plain;
  int depth = 0;
  for (const char c : line) {
    if (c == '(') ++depth;
    if (depth == 0) plain += c;
    if (c == ')' && depth > 0) --depth;
  }
  const std::vector<std::string> words = split_whitespace(plain);
  return words.size() >= 2 ? words[1] : std::string();
}

std::string ask_version(const std::string& path, std::string_view search_path) {
  LocalRunner runner{std::string(search_path)};
  const Command command({path, "--version"}, Limits::within(version_deadline));
  try {
    const Outcome outcome = runner.run(command);
    return outcome.ok() ? version_word(outcome.out) : std::string();
  } catch (const Error& error) {
    return {};  // unknown: an answer of this function
  }
}

// Asks each program once: a check of a hundred servers comes to the same few. Another file in its place is another
// program.
std::string version_of(const std::string& path, std::string_view search_path) {
  using Identity = std::tuple<std::string, dev_t, ino_t, std::int64_t, std::int64_t>;
  static std::mutex mutex;
  static std::map<Identity, std::string> known;
  struct ::stat info = {};
  if (::stat(path.c_str(), &info) != 0) return {};
  const Identity identity{path, info.st_dev, info.st_ino, info.st_ctim.tv_sec, info.st_ctim.tv_nsec};
  const std::lock_guard lock(mutex);
  const auto found = known.find(identity);
  if (found == known.end()) return known[identity] = ask_version(path, search_path);
  return found->second;
}

// "VERSIONS/17/bin", "VERSIONS/9.6/bin": the newest version first.
std::vector<std::string> version_directories(std::string_view versions) {
  namespace filesystem = std::filesystem;
  std::map<std::pair<std::int64_t, std::int64_t>, std::string, std::greater<>> found;
  std::error_code missing;  // is an answer: none is installed there
  for (const auto& entry : filesystem::directory_iterator(versions, missing)) {
    const std::string name = entry.path().filename();
    const std::size_t point = name.find('.');
    const auto major = parse_decimal(name.substr(0, point));
    const auto minor =
        point == std::string::npos ? std::optional<std::int64_t>(0) : parse_decimal(name.substr(point + 1));
    if (major && minor) found.emplace(std::pair(*major, *minor), entry.path() / "bin");
  }
  std::vector<std::string> directories;
  for (auto& [version, directory] : found) directories.push_back(std::move(directory));
  return directories;
}

// $1 name; prints "PATH TAB ANSWER" for each. The last words are those of Debian's and of PostgreSQL's own RPM
// packages.
constexpr const char* list_script = R"sh(
name=$1
IFS=:
for directory in $PATH:/usr/lib/postgresql/*/bin:/usr/pgsql-*/bin; do
  [ -f "$directory/$name" ] && [ -x "$directory/$name" ] || continue
  printf '%s\t%s\n' "$directory/$name" "$("$directory/$name" --version 2>/dev/null)"
done
exit 0
)sh";

}  // namespace

int PgTool::major() const {
  std::size_t digits = 0;
  while (digits < version.size() && version[digits] >= '0' && version[digits] <= '9') ++digits;
  return static_cast<int>(parse_decimal(version.substr(0, digits)).value_or(0));
}

std::optional<PgTool> find_pg_tool(const std::vector<std::string>& names, std::string_view search_path,
                                   std::string_view versions) {
  std::vector<std::string> directories = program_directories(search_path);
  for (std::string& directory : version_directories(versions)) directories.push_back(std::move(directory));
  for (const std::string& directory : directories) {
    for (const std::string& name : names) {
      const std::string path = directory + "/" + name;
      if (is_program(path)) return PgTool{path, version_of(path, search_path)};
    }
  }
  return std::nullopt;
}

std::optional<PgTool> find_pg_basebackup(std::string_view search_path) {
  return find_pg_tool({"pg_basebackup"}, search_path);
}
std::optional<PgTool> find_pg_receivewal(std::string_view search_path) {
  return find_pg_tool({"pg_receivewal", "pg_receivexlog"}, search_path);
}
std::optional<PgTool> find_pg_verifybackup(std::string_view search_path) {
  return find_pg_tool({"pg_verifybackup"}, search_path);
}

std::vector<PgTool> list_pg_tools(Runner& runner, const std::string& name, std::chrono::milliseconds patience) {
  const Command command({"sh", "-c", list_script, "sh", name}, Limits::within(patience));
  const Outcome outcome = run_checked(runner, command, "cannot look for " + name);
  std::vector<PgTool> found;
  for (const std::string& line : split_lines(outcome.out)) {  // a login shell may print others
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos || !line.starts_with('/')) continue;
    found.push_back({line.substr(0, tab), version_word(std::string_view(line).substr(tab + 1))});
  }
  return found;
}

}  // namespace barman::exec
