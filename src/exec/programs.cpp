#include "barman/exec/programs.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "child.h"

namespace barman::exec {

std::string program_search_path(std::string_view search_path) {
  const char* path = std::getenv("PATH");
  const std::string system = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  return search_path.empty() ? system : std::string(search_path) + ":" + system;
}

std::vector<std::string> program_directories(std::string_view search_path) {
  std::vector<std::string> directories = split(program_search_path(search_path), ':');
  std::erase(directories, std::string());
  return directories;
}

bool is_program(const std::string& path) {
  struct ::stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::string program_path(const std::string& name, std::string_view search_path) {
  if (name.find('/') != std::string::npos) return name;
  if (std::optional<std::string> found = find_program(name, search_path)) return *found;
  throw Error(Errc::not_found, fmt::format("{} not in PATH", name),
              fmt::format("install '{}', or add its directory to the option path_prefix", name));
}

std::optional<std::string> find_program(std::string_view name, std::string_view search_path) {
  if (name.empty()) return std::nullopt;
  if (name.find('/') != std::string_view::npos) {
    std::string path(name);
    return is_program(path) ? std::optional(std::move(path)) : std::nullopt;
  }
  for (const std::string& directory : program_directories(search_path)) {
    std::string path = directory + "/" + std::string(name);
    if (is_program(path)) return path;
  }
  return std::nullopt;
}

pid_t start_detached(const std::vector<std::string>& argv, bool keep_descriptors) {
  Spawn request;
  request.program = program_path(argv.at(0), {});
  request.argv = argv;
  request.environment = child_environment({});
  const UniqueFd null = UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) throw_errno("open", "/dev/null");
  request.input = null.get();
  request.output = keep_descriptors ? STDOUT_FILENO : null.get();
  request.error = keep_descriptors ? STDERR_FILENO : null.get();
  request.new_session = true;
  return spawn(request);
}

std::string own_executable() {
  std::string path(4096, '\0');
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length < 0) throw_errno("read link", "/proc/self/exe");
  path.resize(static_cast<std::size_t>(length));
  // An upgrade has replaced the file we run: the new one has its path.
  constexpr std::string_view removed = " (deleted)";
  if (path.ends_with(removed)) path.resize(path.size() - removed.size());
  return path;
}

}  // namespace barman::exec
