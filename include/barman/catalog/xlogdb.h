#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/config/server_config.h"
#include "barman/core/error.h"
#include "barman/fs/lock_file.h"

namespace barman::catalog {

// One line of xlog.db: an archived WAL, partial, backup-label or history file (formats.md section 5).
struct WalEntry {
  std::string name;
  std::int64_t size = 0;                   // bytes on disk
  double time = 0;                         // mtime of the stored file, seconds
  std::optional<std::string> compression;  // as written in the file
  std::optional<std::string> encryption;
};

std::string serialize(const WalEntry& entry);  // with the final newline
// 3, 4 or 5 columns. Throws Error(corrupt) with the line and the rebuild-xlogdb hint.
WalEntry parse_wal_entry(std::string_view line);

// The same line without owning it: for the single pass over millions of lines. The views live until the visit returns.
struct WalEntryView {
  std::string_view name;
  std::int64_t size = 0;
  std::string_view time_text;    // checked to be a number
  std::string_view compression;  // empty: None
  std::string_view encryption;
  std::string_view line;  // whole line, without newline
  double time() const;    // read only when asked for: most passes never need it
};
WalEntry to_entry(const WalEntryView& view);

class LineReader;

// The index of one server's WAL archive. Every access holds .{S}-xlogdb.lock, as the reference does, and waits for it:
// never open the index again from inside a visit. Memory does not grow with the number of lines.
class XlogDb {
 public:
  XlogDb(const config::ServerConfig& config, const fs::LockDirectory& locks);
  const std::string& path() const { return path_; }
  // What to do about a damaged index: Please run "barman rebuild-xlogdb {S}" to solve this issue
  std::string damage_hint() const;

  // One pass in file order; stops when `visit` returns false. An absent file is an empty index: call ensure() first.
  // A bad line (not 3 to 5 columns, size or time not a number) throws Error(corrupt) naming file and line, with the
  // hint to run rebuild-xlogdb; with `on_bad` it is passed there instead and the pass goes on. Names are not examined.
  void for_each(const std::function<bool(const WalEntryView&)>& visit,
                const std::function<void(const Error&)>& on_bad = {}) const;
  bool empty() const;  // no line at all

  // Holds the lock and the file open for a batch of appends; each append is durable when sync() has returned. An append
  // that fails leaves no piece of its line behind. A last line without an end (its writer was killed) is cut off first.
  class Appender {
   public:
    Appender(Appender&&) noexcept;
    ~Appender();
    void append(const WalEntry& entry);
    void sync();
    const std::string& torn_line() const;  // what was cut off; empty: nothing. Its file may have no other line

   private:
    friend class XlogDb;
    struct State;
    explicit Appender(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
  };
  Appender append();
  // Makes the index list a file with this size: adds its line, keeping the names of its timeline ascending (readers
  // stop at the first name beyond what they look for), or puts it in the place of one that tells another size. Durable
  // when it returns. Bad lines stay as they are. `first` is called under the same lock, before anything is changed.
  enum class Change { none, added, corrected };
  Change put(const WalEntry& entry, const std::function<void()>& first = {});
  // Adds the lines of many files at once, in the same way, all or none of those whose names have none. Returns how
  // many.
  std::size_t add_missing(std::vector<WalEntry> entries);

  // Rewrites the index atomically (temporary file, rename) with the lines for which `keep` says true; returns how many
  // were dropped. Under one lock: first `keep` decides about every line (a bad line throws, nothing has happened), then
  // `dropped` is called for each line to go, in file order (if it throws, the index stays whole), and `all_dropped`
  // after the last, to make durable what they did; then the file is replaced.
  std::size_t prune(const std::function<bool(const WalEntryView&)>& keep,
                    const std::function<void(const WalEntryView&)>& dropped = {},
                    const std::function<void()>& all_dropped = {});
  // Replaces everything, streaming: `produce` calls its argument for each entry in order.
  void rebuild(const std::function<void(const std::function<void(const WalEntry&)>&)>& produce);
  // Creates an absent index from the archive tree, as the reference does on first use; one at the old place
  // wals/xlog.db is not read but kept (see legacy_layout.h). Does nothing while the index exists or its directory does
  // not.
  void ensure(const std::function<void(const std::function<void(const WalEntry&)>&)>& produce);

  // Unless the option legacy_links is off: makes the link at the old place of an index that has none. Does nothing
  // while another holds the index: Barman does so for a whole run of its hooks, and cron must go on.
  void serve_old_place() const;

 private:
  std::optional<std::string_view> next_line(LineReader& reader, const std::function<void(const Error&)>& on_bad) const;
  [[noreturn]] void bad_line(std::size_t number, std::string_view line) const;
  Appender append_under(fs::LockFile lock);
  void write_all(const std::function<void(const std::function<void(const WalEntry&)>&)>& produce);
  void settle_old_place(bool new_index) const;
  const config::ServerConfig& config_;
  std::string server_;
  std::string path_;
  std::string lock_;
};

// The entries a walk over wals/ finds, in the reference's rebuild order (formats.md 5.3). `warn` gets each unexpected
// path.
struct RebuildCounts {
  int history = 0, backup_labels = 0, wal_files = 0;
};
// `detect` returns compression and encryption words of a file.
using DetectStored = std::function<void(const std::string& path, WalEntry& entry)>;
RebuildCounts scan_archive(const config::ServerConfig& config, const DetectStored& detect,
                           const std::function<void(const WalEntry&)>& visit,
                           const std::function<void(const std::string&)>& warn);

}  // namespace barman::catalog
