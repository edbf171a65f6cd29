#pragma once
#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/xlogdb.h"
#include "barman/codec/codec.h"
#include "barman/fs/unpublished_file.h"
#include "barman/wal/note.h"

namespace barman::archive {

class IndexAppender;
class NoteTaker;
class WalIntake;

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
  std::string target;            // where it lies, or will; for hook scripts
  codec::Recipe recipe;          // what its content goes through on its way
  // In a directory, what gets the name `target`: a synced file beside it, under a name that no other archiver can guess
  // or under none. Empty: the source itself, already synced.
  std::unique_ptr<fs::UnpublishedFile> temporary;
  // In an object store, the key under which the same content is, and those of copies that are damaged.
  std::string stored_as;
  std::vector<std::string> damaged_copies;
  std::string problem;  // of what is archived, or of the source where that is unfit
  // What its content says, where that went through memory: without the segment before, with which it is joined when
  // both are archived.
  std::optional<WalNoter::Result> noted;
  catalog::WalEntry delivered;  // the source: what pre-archive hooks get
  catalog::WalEntry entry;      // the line of xlog.db
};

// Takes WAL files from one queue into the archive. Preparing them (reading, comparing, compressing, syncing) is safe
// from several threads at once; what makes them part of the archive is for one thread, in WAL order.
//
// Order of effects for every file: content of the archived copy synced, name given, directory synced, line in xlog.db
// synced, source removed. The xlog.db lock is held from the name to the line, once per batch. In an object store
// content and name are one: the object is there, complete, once it is prepared, and counts when its line is synced.
class Publisher {
 public:
  enum class Sources { removed, kept };  // once they are archived
  // `waiting`: how many files wait, which may change the level of compression (codec_settings.h). Makes an absent
  // index.
  Publisher(WalArchive& archive, WalQueue queue, std::size_t waiting, Sources sources);
  Publisher(WalArchive& archive, Origin origin, std::size_t waiting);
  ~Publisher();

  std::size_t most_at_once() const;  // files that are worth being prepared at the same time

  // Removes what killed runs left in the directories of these files, where the file system knows no files without a
  // name.
  void remove_leftovers(const std::vector<std::string>& names) const;

  // Looks at the source and the archive only.
  PreparedWal examine(const std::string& name) const;
  // Does the work: fills kind, temporary and entry.
  void complete(PreparedWal& wal) const;
  PreparedWal prepare(const std::string& name) const;
  // The line of what is stored under a name, by a look from outside; nullopt: nothing.
  std::optional<catalog::WalEntry> stored(const std::string& name) const;

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
  codec::Recipe recipe_of(const PreparedWal& wal) const;
  void drop_source(const PreparedWal& wal) const;
  void end_torn_line() const;
  void complete_torn_line(IndexAppender& index) const;
  void finish(const std::vector<PreparedWal>& batch, std::size_t count, IndexAppender index) const;

  const config::ServerConfig& config_;
  WalArchive& archive_;
  IndexWriter& index_;
  const WalQueue queue_;
  const Sources sources_;
  const codec::Stage settings_;
  const std::unique_ptr<WalIntake> intake_;
  const std::unique_ptr<NoteTaker> notes_;
};

}  // namespace barman::archive
