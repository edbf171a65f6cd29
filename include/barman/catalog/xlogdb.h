#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/config/server_config.h"
#include "barman/fs/lock_file.h"

namespace barman::catalog {

// One line of xlog.db: an archived WAL, partial, backup-label or history file (formats.md section 5).
struct WalEntry {
  std::string name;
  std::int64_t size = 0;                    // bytes on disk
  double time = 0;                          // mtime of the stored file, seconds
  std::optional<std::string> compression;   // as written in the file
  std::optional<std::string> encryption;
};

std::string serialize(const WalEntry& entry);  // with the final newline
// 3, 4 or 5 columns. Throws Error(corrupt) with the line and the rebuild-xlogdb hint.
WalEntry parse_wal_entry(std::string_view line);

// The same line without owning it: for the single pass over millions of lines. Views into the mapped file.
struct WalEntryView {
  std::string_view name;
  std::int64_t size = 0;
  double time = 0;
  std::string_view compression;  // empty: None
  std::string_view encryption;
  std::string_view line;         // whole line, without newline
};

// The index of one server's WAL archive. Every access holds .{S}-xlogdb.lock, as the reference does.
class XlogDb {
 public:
  XlogDb(const config::ServerConfig& config, const fs::LockDirectory& locks);
  const std::string& path() const { return path_; }

  // One pass in file order; stops when `visit` returns false. An absent file is an empty index (the old location
  // wals/xlog.db and a missing index with files present are rebuilt first, as the reference does: `ensure`).
  // A bad line throws Error(corrupt, "invalid ...") with the hint to run rebuild-xlogdb.
  void for_each(const std::function<bool(const WalEntryView&)>& visit) const;
  bool empty() const;  // no line at all

  // Holds the lock and the file open for a batch of appends; each append is durable when sync() has returned.
  class Appender {
   public:
    Appender(Appender&&) noexcept;
    ~Appender();
    void append(const WalEntry& entry);
    void sync();

   private:
    friend class XlogDb;
    struct State;
    explicit Appender(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
  };
  Appender append();

  // Rewrites the index atomically (temporary file, rename) under the lock with the lines for which `keep` says true;
  // returns how many were dropped.
  std::size_t prune(const std::function<bool(const WalEntryView&)>& keep);
  // Replaces everything, streaming: `produce` calls its argument for each entry in order.
  void rebuild(const std::function<void(const std::function<void(const WalEntry&)>&)>& produce);
  // Creates an absent index from the archive tree (and removes an old one), as the reference does on first use.
  void ensure(const std::function<void(const std::function<void(const WalEntry&)>&)>& produce);

 private:
  std::string path_;
  std::string old_path_;
  std::string lock_;
};

// The entries a walk over wals/ finds, in the reference's rebuild order (formats.md 5.3). `warn` gets each unexpected path.
struct RebuildCounts { int history = 0, backup_labels = 0, wal_files = 0; };
// `detect` returns compression and encryption words of a file.
using DetectStored = std::function<void(const std::string& path, WalEntry& entry)>;
RebuildCounts scan_archive(const config::ServerConfig& config, const DetectStored& detect,
                           const std::function<void(const WalEntry&)>& visit,
                           const std::function<void(const std::string&)>& warn);

}  // namespace barman::catalog
