#pragma once
#include <sys/stat.h>

#include <memory>
#include <string>
#include <vector>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/xlogdb.h"
#include "barman/codec/codec.h"
#include "barman/fs/unpublished_file.h"

namespace barman::archive {

class IndexAppender;

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
  catalog::WalEntry delivered;  // the source: what pre-archive hooks get
  catalog::WalEntry entry;      // the line of xlog.db
};

// Takes WAL files from one queue into the archive. Preparing them (reading, comparing, compressing, syncing) is safe
// from several threads at once; what makes them part of the archive is for one thread, in WAL order.
//
// Order of effects for every file: content of the archived copy synced, name given, directory synced, line in xlog.db
// synced, source removed. The xlog.db lock is held from the name to the line, once per batch.
class Publisher {
 public:
  // `waiting`: how many files wait, which may change the level of compression (codec_settings.h). Makes an absent
  // index.
  Publisher(WalArchive& archive, Origin origin, std::size_t waiting);

  // Removes what killed runs left in the directories of these files, where the file system knows no files without a
  // name.
  void remove_leftovers(const std::vector<std::string>& names) const;

  // Looks at the source and the archive only.
  PreparedWal examine(const std::string& name) const;
  // Does the work: fills kind, temporary and entry.
  void complete(PreparedWal& wal) const;
  PreparedWal prepare(const std::string& name) const;

  // New files, in order. Names are given, directories synced, lines written and synced, sources removed. Ends early,
  // with the number of those done, at a file that was changed since it was read.
  std::size_t publish(std::vector<PreparedWal>& batch);
  // A file that the archive has already: adds its line if it is missing, corrects it if another file was there when it
  // was written, removes the source.
  void confirm(const PreparedWal& wal);
  // A file that the archive has with other content: moved to the errors directory.
  void reject(const PreparedWal& wal);
  // A file that takes the place of a damaged one: that one gets a name in the errors directory, this one its name in
  // the archive, the line is corrected, the source removed, each durable before the next. The archive has one of the
  // two at any moment. Returns the path in the errors directory.
  std::string replace(PreparedWal& wal);

 private:
  void compare(PreparedWal& wal) const;
  bool holds_same_content(const PreparedWal& wal) const;
  bool same_as_stored(const PreparedWal& wal) const;
  bool is_encrypted_copy(const PreparedWal& wal) const;
  codec::Recipe recipe_of(const PreparedWal& wal) const;
  void encode(PreparedWal& wal, const codec::Recipe& recipe) const;
  void copy(PreparedWal& wal) const;
  std::optional<std::string> compression_below_encryption(const std::string& path) const;
  catalog::WalEntry stored_entry(const std::string& name) const;
  void place(PreparedWal& wal) const;
  void end_torn_line() const;
  void complete_torn_line(IndexAppender& index) const;
  void finish(const std::vector<PreparedWal>& batch, std::size_t count, IndexAppender index) const;

  const config::ServerConfig& config_;
  WalArchive& archive_;
  IndexWriter& index_;
  const WalQueue queue_;
  const codec::Stage settings_;
};

}  // namespace barman::archive
