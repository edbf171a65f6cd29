#include "path_conflicts.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <array>
#include <unordered_map>

#include "barman/fs/file.h"

namespace barman::config {
namespace {

struct Label {
  const char* name;
  std::string ServerConfig::*path;
};
constexpr auto labels = std::to_array<Label>({{"backup_directory", &ServerConfig::backup_directory},
                                              {"basebackups_directory", &ServerConfig::basebackups_directory},
                                              {"errors_directory", &ServerConfig::errors_directory},
                                              {"incoming_wals_directory", &ServerConfig::incoming_wals_directory},
                                              {"streaming_wals_directory", &ServerConfig::streaming_wals_directory},
                                              {"wals_directory", &ServerConfig::wals_directory}});

// real_path() that looks at every parent directory once, however many paths share it, and at nothing below a missing
// one.
class PathResolver {
 public:
  std::string resolve(const std::string& path) { return find(path).real; }

 private:
  struct Found {
    std::string real;
    bool exists = true;
  };

  const Found& directory(const std::string& path) {
    const auto known = directories_.find(path);
    if (known != directories_.end()) return known->second;
    Found found = find(path);  // fills directories_ on its way
    return directories_.emplace(path, std::move(found)).first->second;
  }

  Found find(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string_view name = std::string_view(path).substr(slash + 1);  // npos + 1 is 0
    if (!path.starts_with('/') || slash == 0 || name.empty() || name == "." || name == "..")
      return {fs::real_path(path), true};
    const Found& parent = directory(path.substr(0, slash));
    std::string real = parent.real;
    if (!real.ends_with('/')) real += '/';
    real += name;
    struct ::stat info {};
    if (!parent.exists || ::lstat(real.c_str(), &info) != 0) return {std::move(real), false};
    if (S_ISLNK(info.st_mode)) return {fs::real_path(path), true};
    return {std::move(real), true};
  }

  std::unordered_map<std::string, Found> directories_;
};

struct Owner {
  const ServerConfig* server;
  const char* label;
};

}  // namespace

std::vector<std::string> find_path_conflicts(std::map<std::string, ServerConfig>& servers) {
  std::vector<std::string> conflicts;
  std::unordered_map<std::string, Owner> owners;
  PathResolver resolver;
  for (auto& [name, server] : servers) {
    for (const Label& label : labels) {
      const std::string& path = server.*label.path;
      if (path.find("://") != std::string::npos) continue;
      const std::string real = resolver.resolve(path);
      const auto [owner, free] = owners.try_emplace(real, Owner{&server, label.name});
      if (free) continue;
      const std::string link = path == real ? "" : fmt::format(" (symlink to: {})", real);
      const auto& [other, other_label] = owner->second;
      if (other == &server)
        server.errors.push_back(fmt::format("Conflicting path: {}={}{} conflicts with '{}' for server '{}'", label.name,
                                            path, link, other_label, name));
      else
        conflicts.push_back(fmt::format("Conflicting path: {}={}{} for server '{}' conflicts with '{}' for server '{}'",
                                        label.name, path, link, name, other_label, other->name));
    }
  }
  return conflicts;
}

}  // namespace barman::config
