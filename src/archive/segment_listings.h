#pragma once
#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <ctime>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace barman::archive {

// Which segments the directories of a large archive hold, remembered from one question to the next in a file of our
// own, {backup_directory}/.wal-listings: to list a million files takes longer than to read what is noted of them. A
// directory whose inode is the one that was listed, unchanged since (ctime, which no program can set), has the same
// names. The file can be deleted at any time.
class SegmentListings {
 public:
  // Segments of one directory by their last eight digits. Directories with higher ones, as those of segments below 16
  // MiB have, are not remembered.
  static constexpr std::uint32_t most = 256;
  struct Names {
    std::array<std::uint64_t, most / 64> bits{};
    void add(std::uint32_t seg) { bits[seg / 64] |= std::uint64_t{1} << seg % 64; }
    bool has(std::uint32_t seg) const { return (bits[seg / 64] >> seg % 64 & 1) != 0; }
    friend bool operator==(const Names&, const Names&) = default;
  };
  struct Directory {
    std::uint32_t timeline = 0, log = 0;
    friend auto operator<=>(const Directory&, const Directory&) = default;
  };

  // Reads the file; without a readable one nothing is remembered.
  explicit SegmentListings(std::string path);

  // What is remembered of a directory that is as `info` says now.
  const Names* find(const Directory& directory, const struct ::stat& info) const;
  // `info` is from before it was listed. One that was changed a moment ago may be changed again at the same time by the
  // clock of the file system, and is not remembered.
  void remember(const Directory& directory, const struct ::stat& info, std::time_t now, const Names& names);
  // Drops directories of which `is_there` is false: WAL is deleted, and the file must not grow for ever.
  void drop_gone(const std::function<bool(const Directory&)>& is_there);
  // Replaces the file if something in it has changed. A failure is logged: the directories are listed again then.
  void save() const;

 private:
  struct Listing {
    std::uint64_t inode = 0, changed_seconds = 0, changed_nanoseconds = 0;
    Names names;
  };

  std::string path_;
  std::map<Directory, Listing> listings_;
  bool has_news_ = false;
};

}  // namespace barman::archive
