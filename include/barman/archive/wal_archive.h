#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "barman/archive/wal_queue.h"
#include "barman/archive/wal_source.h"
#include "barman/catalog/sync_info.h"
#include "barman/catalog/xlogdb.h"
#include "barman/config/server_config.h"
#include "barman/core/time.h"
#include "barman/fs/lock_file.h"
#include "barman/wal/segment.h"

namespace barman::cloud {
struct Place;
}

namespace barman::archive {

class IndexWriter;
class WalFiles;
class WalNotes;

// A file of the archive, seen from outside.
struct StoredWal {
  Timestamp modified;  // when its content was written last; by PostgreSQL, where the place keeps that
  Timestamp arrived;   // since when it is where it is, or later
};

struct RebuildCounts {
  int history = 0, backup_labels = 0, wal_files = 0;
};

// Which files stay, by their lines of the index, and what happens around the removal of each other one, in file order.
// `location` is where it lies; `found`: it was there.
struct Removal {
  std::function<bool(const catalog::WalEntryView&)> stays;
  std::function<void(const catalog::WalEntryView&, const std::string& location)> before{};
  std::function<void(const catalog::WalEntryView&, const std::string& location, bool found)> after{};
};

// The WAL archive of one server: the only code that knows where a WAL file lies and how it is stored, and that
// changes its index. The names that it takes are those of WAL files, without a directory.
class WalArchive {
 public:
  // Where the objects are of a server whose wals_directory is a URL; asked for when they are first needed.
  using OpenPlace = std::function<const cloud::Place&()>;
  // The configuration must outlive it.
  WalArchive(const config::ServerConfig& config, const fs::LockDirectory& locks, OpenPlace open_place = {});
  WalArchive(WalArchive&&) noexcept;
  ~WalArchive();

  const config::ServerConfig& config() const { return config_; }

  // --- What the files show, without the index
  bool holds(std::string_view name) const;
  std::optional<StoredWal> examine(std::string_view name) const;  // nullopt: it is not there
  // The highest segment (24 digits; no partial, label or history file) of each timeline. Looks into the last directory
  // of each timeline only.
  std::map<std::uint32_t, std::string> newest() const;
  std::optional<std::uint32_t> highest_timeline() const;  // with a segment; nullopt for an empty archive

  // --- Reading
  // Which of these segments (ascending) are there; in an object store all, as far as the index knows. Of a large
  // archive that is remembered in {backup_directory}/.wal-listings, where that can be written.
  std::vector<char> are_there(std::span<const Segment> segments) const;
  // Of an archive in a directory. From the archive, incoming or streaming; with `partial` also what is named
  // {name}.partial in streaming, the archive or incoming. nullopt: nowhere to be found.
  std::optional<WalSource> open(const std::string& name, bool partial = false) const;
  // The archived history file of a timeline, decompressed; nullopt: there is none, or it is encrypted (to list backups
  // must not need a passphrase). Throws Error(corrupt) for one that is damaged or too long.
  std::optional<std::string> history(std::uint32_t timeline) const;
  // The content of an archived file, decoded, piece by piece. Safe from several threads at once. Throws
  // Error(not_found) where it is not there, Error(corrupt) where what is stored cannot be decoded, and Error(config)
  // where it is encrypted and encryption_passphrase_command is not set.
  using Take = std::function<void(std::string_view)>;
  void read(const std::string& name, const Take& take) const;
  // Up to `count` consecutive WAL files that open() would find (without partials), from `name` on. The segment size is
  // not known here: where a name is missing whose SEG part is a power of two, the next LOG is tried. A name that is not
  // a segment's yields itself if it exists.
  std::vector<std::string> peek(const std::string& name, std::int64_t count) const;
  WalQueue queue(Origin origin) const { return {config_, origin}; }
  // For lists, and for copies that rsync or the kernel make: files lie below the directory as barman::archive_path()
  // says. In an object store the key, with the extension of the compression that the line of the index says or else the
  // configuration.
  std::string location(std::string_view name) const;
  std::string location(const catalog::WalEntryView& entry) const;
  // Throws Error(refused) for an archive in an object store, as does what works on files alone: open, peek, admit,
  // list_copied, sync points.
  const std::string& directory() const;

  // --- The index
  // For a look that must not take longer: whoever waits to read the index at that moment gets Error(timeout). Changes
  // wait for its lock as long as it takes.
  void set_deadline(const Deadline& deadline);
  // An absent one is made from the files first, silently, as Barman does whenever it opens it.
  const catalog::XlogDb& index();
  // What is archived: the lines of the index, and in an object store what one listing shows behind them, since others
  // may put files there. A host that has nothing but the configuration has no index, and gets none by this; a second
  // copy never has one. Of what the index does not list, names before `from` are left out. Throws what XlogDb::for_each
  // throws, and Error of the store.
  void for_each(std::string_view from, const std::function<void(const catalog::WalEntryView&)>& visit);
  const catalog::XlogDb& index_as_it_is() const { return index_; }  // an absent one lists nothing
  // Writes it anew from the files (formats.md 5.3), replacing it atomically under its lock. Unexpected files are
  // logged.
  RebuildCounts rebuild_index();
  // Serves tools that look for it at its previous location (option legacy_links); an absent one is left alone.
  void serve_old_place() const;

  // --- Changing (new files: publisher.h)
  // Removes files, holding the index lock throughout: files go first, all copies of each, then the index is replaced
  // atomically, so that a crash in between leaves lines without files, which the next removal drops. A damaged line
  // throws before anything is removed; any other failure throws with the index still whole. Directories in which
  // nothing is left go too. Returns how many files went, those included that were gone already.
  std::size_t remove(const Removal& removal);
  // Gives files in `directory` their places and their lines (adopted by import-backup): all of them, or none. A file
  // whose name is taken already is left there: the caller has seen that the archive holds the same.
  void admit(const std::string& directory, const std::vector<catalog::WalEntry>& wals);
  // Changes what is noted of the segments (wal_notes.h), holding the lock of the index. False when another holds it for
  // long, or it fails, which is logged: what is not noted is read again. Nothing is noted where this host has no
  // directory of the server, nor of its second copy.
  bool change_notes(const std::function<void(const WalNotes&)>& change) const;
  // Lines for files that a copy from another node has put in their places: only what is on disk, of the size of its
  // entry, and whole gets one, durable when this returns. A damaged file is removed, for the primary may have a whole
  // one by the next time, and reported with the reason. Returns whether all were whole.
  bool list_copied(std::vector<catalog::WalEntry> wals,
                   const std::function<void(const catalog::WalEntry&, const std::string& problem)>& damaged);
  // Cuts off a last line that a killed run left unfinished, so that its file counts as missing.
  void cut_torn_line();
  // Up to where the WAL of the primary node has been copied (sync-wals.info).
  std::optional<catalog::SyncPoint> sync_point() const;
  void set_sync_point(const catalog::SyncPoint& point);  // durable

 private:
  friend class Publisher;
  void forget(const std::set<Segment>& gone) const;
  std::optional<std::string> locate(const std::string& name, bool partial) const;
  const std::string& unlisted_from(const std::string& name);
  const config::ServerConfig& config_;
  catalog::XlogDb index_;
  std::unique_ptr<IndexWriter> writer_;
  std::unique_ptr<const WalFiles> files_;
  // Lines for what a listing has shown from a name on: asked for once.
  struct Unlisted {
    std::string from, lines;
  };
  std::optional<Unlisted> unlisted_;
};

// Removes the link that serve_old_place() makes, which a full disk can do without; whether there was one.
bool remove_link_at_old_place(const config::ServerConfig& config);

}  // namespace barman::archive
