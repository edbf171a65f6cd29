#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <set>
#include <vector>

#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "file_private.h"

namespace barman::fs {
namespace {

std::optional<std::string> read_link(const std::string& path) {
  std::array<char, 4096> buffer{};
  const ssize_t length = ::readlink(path.c_str(), buffer.data(), buffer.size());
  if (length < 0) return std::nullopt;  // no link, or nothing at all
  return std::string(buffer.data(), static_cast<std::size_t>(length));
}

std::string current_directory() {
  std::array<char, 4096> buffer{};
  if (::getcwd(buffer.data(), buffer.size()) == nullptr) throw_errno("find", "current directory");
  return buffer.data();
}

// Follows the links of `path`, starting in `base` (absolute and resolved). A link already being followed stays as it
// is.
std::string resolve(std::string base, const std::string& path, std::set<std::string>& following) {
  if (path.starts_with('/')) base = "/";
  for (const std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      base = parent_directory(base);
      continue;
    }
    std::string next = in_directory(base, part);
    const std::optional<std::string> target = read_link(next);
    if (!target || !following.insert(next).second) {
      base = std::move(next);
      continue;
    }
    base = resolve(base, *target, following);
    following.erase(next);
  }
  return base;
}

std::optional<std::string> home_of(const std::string& user) {
  if (user.empty()) {
    const char* home = std::getenv("HOME");
    if (home != nullptr) return home;
  }
  const passwd* entry = user.empty() ? ::getpwuid(::getuid()) : ::getpwnam(user.c_str());
  if (entry == nullptr) return std::nullopt;
  return entry->pw_dir;
}

}  // namespace

std::string real_path(const std::string& path) {
  std::set<std::string> following;
  return resolve(path.starts_with('/') ? "/" : current_directory(), path, following);
}

std::string expand_home(const std::string& path) {
  if (!path.starts_with('~')) return path;
  const std::size_t slash = std::min(path.find('/'), path.size());
  std::optional<std::string> home = home_of(path.substr(1, slash - 1));
  if (!home) return path;
  while (home->ends_with('/')) home->pop_back();
  const std::string expanded = *home + path.substr(slash);
  return expanded.empty() ? "/" : expanded;
}

}  // namespace barman::fs
