#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/config/server_config.h"
#include "barman/core/deadline.h"
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

// False when the line does not have 3 to 5 columns with a whole number second and a number third.
bool parse_wal_line(std::string_view line, WalEntryView& view);

// The index of one server's WAL archive, for reading; archive::WalArchive changes it. Every pass holds
// .{S}-xlogdb.lock, as Barman does, and waits for it, which may take as long as a run of archive-wal and its hooks:
// never open the index again from inside a visit. Memory does not grow with the number of lines.
class XlogDb {
 public:
  XlogDb(const config::ServerConfig& config, const fs::LockDirectory& locks);
  const std::string& path() const { return path_; }
  // For a look that must not take longer: whoever still waits for the lock at that moment gets Error(timeout).
  void set_deadline(const Deadline& deadline) { deadline_ = deadline; }
  const Deadline& deadline() const { return deadline_; }
  // What to do about a damaged index: Please run "barman rebuild-xlogdb {S}" to solve this issue
  std::string damage_hint() const;
  Error bad_line(std::size_t number, std::string_view line) const;  // naming file and line, with that hint

  // One pass in file order; stops when `visit` returns false. An absent file is an empty index. A bad line (not 3 to 5
  // columns, size or time not a number) throws bad_line(); with `on_bad` it is passed there instead and the pass
  // continues. Names are not examined.
  void for_each(const std::function<bool(const WalEntryView&)>& visit,
                const std::function<void(const Error&)>& on_bad = {}) const;
  bool empty() const;  // no line at all

 private:
  std::string server_;
  std::string path_;
  std::string lock_;
  Deadline deadline_;
};

}  // namespace barman::catalog
