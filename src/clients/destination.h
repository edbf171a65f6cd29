#pragma once
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "barman/core/unique_fd.h"
#include "barman/fs/file.h"
#include "barman/fs/scratch.h"

namespace barman::clients {

// WAL_DEST. It is empty from the beginning and stays so until it is given complete content at once: the content is
// gathered beside it and renamed, or, where that cannot be (a device, a directory that is not ours), gathered in a
// temporary directory and copied.
class Destination {
 public:
  explicit Destination(std::string path);  // creates or empties it; throws Failure(3)

  // Where to gather content, for FileReplacement.
  const std::string& staging_path() const { return staging_path_; }
  mode_t mode() const { return mode_; }

  void publish(fs::FileReplacement& content);
  void move_from(const std::string& file);  // takes the file, also from another file system

 private:
  void copy_from(const std::string& file);

  std::string path_, staging_path_;
  UniqueFd fd_;
  mode_t mode_ = 0;
  bool regular_ = false;
  std::optional<fs::ScratchDirectory> elsewhere_;
};

// Segments fetched before PostgreSQL asked for them, one file each, under its own name. Several clusters may share the
// directory, and Barman writes its files in place: so a file is served only if it is whole and, as far as its
// first page shows, the right one (unfit_to_serve), and if nobody else could have put it there.
class Spool {
 public:
  Spool(std::string directory, std::optional<std::uint64_t> system_id);

  void create();  // one level; throws Failure(2)
  bool holds(const std::string& wal) const;
  bool deliver(const std::string& wal, Destination& destination) const;  // false: not there. Throws Failure(2)
  std::optional<std::uint64_t> system_id() const { return system_id_; }
  std::string path_of(const std::string& wal) const { return directory_ + "/" + wal; }

 private:
  std::string directory_;
  std::optional<std::uint64_t> system_id_;
};

}  // namespace barman::clients
