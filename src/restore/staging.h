#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/fs/host.h"

namespace barman::restore {

// What is known of the file system on which a path is, or would be.
struct FileSystemFacts {
  std::string device;  // compared only
  std::int64_t free_bytes = 0;
};
// In the order of `paths`, of their nearest directory that exists. nullopt: the host does not say.
std::vector<std::optional<FileSystemFacts>> file_systems_of(const std::vector<std::string>& paths, fs::Host& host);

// Whose work area a directory is, from its name barman-restore-{OWNER}-{PID}.{START}-XXXXXXXXXX. OWNER stands for one
// server of one installation on one machine, START for the moment at which the process was started.
struct AreaName {
  std::string owner;
  std::int64_t pid = 0;
  std::string start;
};
std::optional<AreaName> parse_area_name(std::string_view name);
std::string area_owner(const std::string& server_directory);
// Removes the work areas that processes of this owner left when they were killed, and no others.
void remove_abandoned_areas(const std::string& parent, const std::string& owner, fs::Host& host);

// A work area that no other user can have prepared: a new directory of mode 0700 with a name that cannot be guessed,
// removed at the end of the scope, whatever ended it.
class StagingDirectory {
 public:
  StagingDirectory(const std::string& parent, const std::string& owner, fs::Host& host);
  StagingDirectory(const StagingDirectory&) = delete;
  StagingDirectory& operator=(const StagingDirectory&) = delete;
  ~StagingDirectory();
  const std::string& path() const { return path_; }
  // For the process id of what works here on the host, which has to end before the directory can be removed.
  std::string pid_file() const { return path_ + "/working"; }

 private:
  fs::Host& host_;
  std::string path_;
};

}  // namespace barman::restore
