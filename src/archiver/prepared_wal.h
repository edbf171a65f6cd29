#pragma once
#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "barman/archiver/archive_plan.h"
#include "barman/catalog/xlogdb.h"
#include "barman/compress/codec.h"
#include "barman/config/server_config.h"

namespace barman::archiver {

// A file name that is unlinked at the end unless released.
class OwnedFile {
 public:
  OwnedFile() = default;
  explicit OwnedFile(std::string path) : path_(std::move(path)) {}
  OwnedFile(OwnedFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  OwnedFile& operator=(OwnedFile&& other) noexcept;
  ~OwnedFile();
  const std::string& path() const { return path_; }
  explicit operator bool() const { return !path_.empty(); }
  void release() { path_.clear(); }

 private:
  std::string path_;
};

// One waiting WAL file, everything slow already done: what remains is to give it its name in the archive.
struct PreparedWal {
  enum class Kind {
    new_file,       // not in the archive yet
    archived,       // the archive holds the same content: only its xlog.db line may be missing
    other_content,  // the archive holds something else under this name
  };
  Kind kind = Kind::new_file;
  std::string name;
  std::string source;
  struct ::stat source_info {};  // as it was before it was read
  std::string target;
  // What gets the name `target`: a synced temporary file beside it. Empty: the source itself, already synced.
  OwnedFile temporary;
  catalog::WalEntry delivered;  // the source: what pre-archive hooks are told
  catalog::WalEntry entry;      // the line of xlog.db
};

// Reads, compares, compresses and syncs, one file at a time; safe to use from several threads at once.
class WalPreparer {
 public:
  WalPreparer(const config::ServerConfig& config, Origin origin, compress::Settings settings);

  // Looks at the source and the archive only.
  PreparedWal examine(const std::string& name) const;
  // Does the work: fills kind, temporary and entry.
  void complete(PreparedWal& wal) const;
  PreparedWal prepare(const std::string& name) const;
  // For a source that cannot be linked: makes a synced copy `temporary`.
  void copy(PreparedWal& wal) const;

  std::string target_path(const std::string& name) const;
  // The line that an archived file should have, told from the file itself.
  catalog::WalEntry stored_entry(const std::string& name) const;

 private:
  bool holds_same_content(const PreparedWal& wal) const;
  void compress(PreparedWal& wal) const;

  const config::ServerConfig& config_;
  Origin origin_;
  compress::Settings settings_;
};

// Whether the source is still the file that was read: same inode, size and time of change.
bool unchanged(const PreparedWal& wal);

}  // namespace barman::archiver
