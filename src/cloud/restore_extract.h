#pragma once
#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/core/unique_fd.h"
#include "barman/tar/reader.h"
#include "restore_blocks.h"
#include "restore_large_files.h"

namespace barman::cloud {

// The parts of a member's path below the directory it is extracted into; empty: that directory itself. Throws
// Error(corrupt) for one that is absolute or leads out.
std::vector<std::string> parts_of_member(const std::string& name);

// Extracts archives into a directory, one after the other: what a later one has replaces what an earlier one had.
// Nothing is written through a link, whatever the archives hold: every directory on the way is opened as what it is.
// Not synced.
class Extraction {
 public:
  explicit Extraction(std::string directory);
  Extraction(const Extraction&) = delete;
  Extraction& operator=(const Extraction&) = delete;

  // All of an archive. Error(corrupt) also for one that has been cut off. `download` is what `archive` reads, where
  // nothing lies between them: most of a large file goes straight to its place then.
  void extract(tar::Reader& archive, const std::string& what, Download* download = nullptr);
  // Once all are extracted: modes and times of directories, deepest first.
  void finish();

 private:
  struct Directory {
    mode_t mode = 0;
    std::timespec mtime{};
  };
  // What members are read from, and who writes those that are large.
  struct From {
    tar::Reader& archive;
    BlockWriter& writer;
    LargeFiles* apart;  // may be null
  };
  void place(const From& from, const tar::Member& member);
  void place_file(const From& from, const tar::Member& member, const std::vector<std::string>& parts);
  void write_content(const From& from, std::uint64_t size, const std::shared_ptr<RestoredFile>& file,
                     const std::string& path);
  void place_directory(const tar::Member& member, const std::vector<std::string>& parts);
  void place_link(const tar::Member& member, const std::vector<std::string>& parts);
  void place_hard_link(const tar::Member& member, const std::vector<std::string>& parts);
  int parent_of(const std::vector<std::string>& parts, const std::string& name);
  UniqueFd open_directory(const std::vector<std::string>& parts, std::size_t count, const std::string& name) const;
  void own(int fd, const tar::Member& member, const std::string& path);
  std::pair<uid_t, gid_t> owner_of(const tar::Member& member);
  std::string path_of(const std::vector<std::string>& parts) const;

  const std::string directory_;
  const bool as_root_;
  UniqueFd root_;
  std::vector<std::string> parent_parts_;  // of parent_
  UniqueFd parent_;                        // the directory that was written to last
  std::vector<char> buffer_;
  std::map<std::string, uid_t> users_;
  std::map<std::string, gid_t> groups_;
  std::map<std::vector<std::string>, Directory> directories_;
};

}  // namespace barman::cloud
