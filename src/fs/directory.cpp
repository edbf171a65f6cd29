#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <set>
#include <vector>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/fs/scratch.h"

namespace barman::fs {

namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

bool is_dots(const char* name) { return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0')); }

// nullptr at the end.
const char* next_name(DIR* directory, const std::string& path) {
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(directory);
    if (entry == nullptr && errno != 0) throw_errno("read directory", path);
    if (entry == nullptr) return nullptr;
    if (!is_dots(entry->d_name)) return entry->d_name;
  }
}

std::vector<std::string> stored_names(DIR* directory, const std::string& path) {
  std::vector<std::string> names;
  while (const char* name = next_name(directory, path)) names.emplace_back(name);
  return names;
}

std::vector<std::string> sorted_names(DIR* directory, const std::string& path) {
  std::vector<std::string> names = stored_names(directory, path);
  std::sort(names.begin(), names.end());
  return names;
}

Directory open_directory_at(int parent, const char* name, const std::string& path) {
  UniqueFd fd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) {
    if (errno == ENOENT) return nullptr;
    throw_errno("open directory", path);
  }
  Directory directory(::fdopendir(fd.get()));
  if (!directory) throw_errno("open directory", path);
  fd.release();
  return directory;
}

void remove_entry(int parent, const char* name, const std::string& path);

// Descriptors all the way down: nobody can put a link in our way between looking and removing.
void remove_content(DIR* directory, const std::string& path) {
  while (const char* name = next_name(directory, path)) {
    const std::string copy = name;
    remove_entry(::dirfd(directory), copy.c_str(), in_directory(path, copy));
  }
}

void remove_entry(int parent, const char* name, const std::string& path) {
  if (::unlinkat(parent, name, 0) == 0 || errno == ENOENT) return;
  const int error = errno;
  struct ::stat info {};
  if (::fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return;
    throw_errno("examine", path);
  }
  if (!S_ISDIR(info.st_mode)) throw_errno("remove", path, error);
  const Directory directory = open_directory_at(parent, name, path);
  if (!directory) return;
  // Some file systems skip entries while others are removed: look again for as long as that helps.
  constexpr int rounds = 10;
  for (int round = 0; round < rounds; ++round) {
    remove_content(directory.get(), path);
    if (::unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return;
    if (errno != ENOTEMPTY && errno != EEXIST) break;
    ::rewinddir(directory.get());
  }
  throw_errno("remove directory", path);
}

std::vector<std::string> names_or_none(const std::string& path, bool missing_is_fine) {
  const Directory directory(::opendir(path.c_str()));
  if (directory) return sorted_names(directory.get(), path);
  if (missing_is_fine && errno == ENOENT) return {};
  throw_errno("read directory", path);
}

class Walker {
 public:
  Walker(std::string root, const std::function<void(const Entry&)>& visit) : root_(std::move(root)), visit_(visit) {}

  void below(const std::string& relative, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      Entry entry;
      entry.relative = relative.empty() ? name : relative + "/" + name;
      entry.path = in_directory(root_, entry.relative);
      if (::lstat(entry.path.c_str(), &entry.info) != 0) {
        if (errno == ENOENT) continue;  // gone since its directory was read
        throw_errno("examine", entry.path);
      }
      visit_(entry);
      if (S_ISDIR(entry.info.st_mode)) below(entry.relative, names_or_none(entry.path, true));
    }
  }

 private:
  std::string root_;
  const std::function<void(const Entry&)>& visit_;
};

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

std::vector<std::string> list_directory(const std::string& path) { return names_or_none(path, false); }
std::vector<std::string> list_directory_if_exists(const std::string& path) { return names_or_none(path, true); }

std::vector<std::string> list_directory_as_stored(const std::string& path) {
  const Directory directory(::opendir(path.c_str()));
  if (!directory) throw_errno("read directory", path);
  return stored_names(directory.get(), path);
}

void walk(const std::string& root, const std::function<void(const Entry&)>& visit) {
  Walker(root, visit).below({}, list_directory(root));
}

void remove_tree(const std::string& path) {
  std::string plain = path;
  while (plain.size() > 1 && plain.ends_with('/')) plain.pop_back();
  remove_entry(AT_FDCWD, plain.c_str(), plain);
}

TemporaryDirectory::TemporaryDirectory(std::string_view prefix, const std::string& parent) {
  const std::string base = parent.empty() ? directory_for_temporary_files() : parent;
  std::string pattern = in_directory(base, std::string(prefix) + "XXXXXX");
  if (::mkdtemp(pattern.data()) == nullptr) throw_errno("create temporary directory", pattern);
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  try {
    remove_tree(path_);
  } catch (const std::exception& error) {  // an interruption as well: this is a destructor
    log::warning("barman.fs", "{}", error.what());
  }
}

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
