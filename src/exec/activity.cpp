#include "activity.h"

#include <fmt/core.h>

#include <fstream>
#include <iterator>

namespace barman::exec {
namespace {

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string program_of(pid_t pid) { return read_text(fmt::format("/proc/{}/comm", pid)); }

void add_counters(pid_t pid, const std::string& program, std::string& text) {
  text += read_text(fmt::format("/proc/{}/io", pid));
  std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", pid));
  for (pid_t child = 0; children >> child;)
    if (program_of(child) == program) add_counters(child, program, text);
}

}  // namespace

std::string io_counters(pid_t pid) {
  std::string text;
  add_counters(pid, program_of(pid), text);
  return text;
}

}  // namespace barman::exec
