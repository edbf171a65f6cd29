#pragma once
#include <sys/stat.h>

#include <memory>
#include <string>

#include "barman/archiver/archive_plan.h"
#include "barman/catalog/xlogdb.h"
#include "barman/codec/codec.h"
#include "barman/config/server_config.h"
#include "barman/fs/unpublished_file.h"

namespace barman::archiver {

// One waiting WAL file, everything slow already done: what remains is to give it its name in the archive.
struct PreparedWal {
  enum class Kind {
    new_file,          // not in the archive yet
    archived,          // the archive holds the same content: only its xlog.db line may be missing
    other_content,     // the archive holds something else under this name
    replaces_damaged,  // what the archive holds under this name cannot be that file, and this may be
    unfit,             // not whole (any more): stays where it is
  };
  Kind kind = Kind::new_file;
  std::string name;
  std::string source;
  struct ::stat source_info {};  // as it was before it was read
  std::string target;
  // What gets the name `target`: a synced file in its directory, under a name that no other archiver can guess or under
  // none. Empty: the source itself, already synced.
  std::unique_ptr<fs::UnpublishedFile> temporary;
  std::string problem;          // of what is archived, or of the source where that is unfit
  catalog::WalEntry delivered;  // the source: what pre-archive hooks are told
  catalog::WalEntry entry;      // the line of xlog.db
};

// Reads, compares, compresses and syncs, one file at a time; safe to use from several threads at once.
class WalPreparer {
 public:
  WalPreparer(const config::ServerConfig& config, Origin origin, codec::Stage settings);

  // Looks at the source and the archive only.
  PreparedWal examine(const std::string& name) const;
  // Does the work: fills kind, temporary and entry.
  void complete(PreparedWal& wal) const;
  PreparedWal prepare(const std::string& name) const;
  // Makes `temporary` a synced copy, for a source that cannot be linked.
  void copy(PreparedWal& wal) const;

  std::string target_path(const std::string& name) const;
  // The line that an archived file should have, told from the file itself.
  catalog::WalEntry stored_entry(const std::string& name) const;

 private:
  void compare(PreparedWal& wal) const;
  bool holds_same_content(const PreparedWal& wal) const;
  void compress(PreparedWal& wal) const;

  const config::ServerConfig& config_;
  Origin origin_;
  codec::Stage settings_;
};

// Whether the source is still the file that was read: same inode, size and time of change.
bool unchanged(const PreparedWal& wal);

}  // namespace barman::archiver
