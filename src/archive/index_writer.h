#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "barman/catalog/xlogdb.h"
#include "barman/config/server_config.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"

namespace barman::archive {

// Lines added at the end of the index, which stays locked and open meanwhile; they are durable when sync() has
// returned. An append that fails leaves no piece of its line behind.
class IndexAppender {
 public:
  IndexAppender(IndexAppender&&) noexcept;
  ~IndexAppender();
  void append(const catalog::WalEntry& entry);
  void sync();
  // An unfinished last line (its writer was killed), which was cut off; empty: there was none. Its file may have no
  // other line.
  const std::string& torn_line() const;

 private:
  friend class IndexWriter;
  struct State;
  explicit IndexAppender(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Lines leaving the index: the decision is made, the lock held, nothing changed before commit().
class IndexRemoval {
 public:
  IndexRemoval(IndexRemoval&&) noexcept;
  ~IndexRemoval();
  std::size_t count() const;                                                            // lines that go
  void for_each(const std::function<void(const catalog::WalEntryView&)>& visit) const;  // in file order
  void commit();  // replaces the index by one with the other lines, as they are

 private:
  friend class IndexWriter;
  struct State;
  explicit IndexRemoval(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A whole new index, line by line; takes the place of the one that is there with commit().
class IndexRewrite {
 public:
  void add(const catalog::WalEntry& entry);
  void commit();

 private:
  friend class IndexWriter;
  IndexRewrite(const class IndexWriter& index, fs::LockFile lock);
  const IndexWriter& index_;
  fs::LockFile lock_;
  bool first_;
  std::unique_ptr<fs::FileReplacement> file_;
  std::string pending_;
};

std::string index_at_old_place(const config::ServerConfig& config);  // wals/xlog.db, before version 3.13

// What changes the index of one server's WAL archive; catalog::XlogDb reads it. Every change holds .{S}-xlogdb.lock, as
// Barman does, and waits for it.
class IndexWriter {
 public:
  IndexWriter(const config::ServerConfig& config, const fs::LockDirectory& locks);
  const std::string& path() const { return path_; }

  // For what has to happen under the same lock as a put().
  fs::LockFile lock() const;
  std::optional<fs::LockFile> try_lock() const;  // nullopt: busy
  IndexAppender append() const;

  // Makes the index list a file with this size: adds its line, keeping the names of its timeline ascending (readers
  // stop at the first name beyond what they look for), or puts it in the place of one with another size. Durable
  // when it returns. Bad lines stay as they are. `held`: lock().
  enum class Change { none, added, corrected };
  Change put(const catalog::WalEntry& entry, const fs::LockFile& held) const;
  Change put(const catalog::WalEntry& entry) const { return put(entry, lock()); }
  // Adds the lines of many files at once, in the same way, all or none of those whose names have none. Returns how
  // many.
  std::size_t add_missing(std::vector<catalog::WalEntry> entries) const;

  // `stays` decides about every line; a bad one throws. nullopt: there is no index.
  std::optional<IndexRemoval> remove(const std::function<bool(const catalog::WalEntryView&)>& stays) const;

  IndexRewrite rewrite() const;
  // For an absent index; nullopt while it exists or its directory does not. Error(timeout) for whoever still
  // waits for the lock at the deadline.
  std::optional<IndexRewrite> create(const Deadline& deadline = {}) const;

  // Versions before 3.13 kept the index as wals/xlog.db, where tools (check-barman) still look for it. Unless the
  // option legacy_links is off, makes a link there where there is none. Does nothing while another holds the index:
  // Barman does so for a whole run of its hooks, and cron must continue.
  void serve_old_place() const;

 private:
  friend class IndexRewrite;
  IndexAppender append_under(std::optional<fs::LockFile> lock) const;
  void settle_old_place(bool new_index) const;
  const config::ServerConfig& config_;
  catalog::XlogDb reader_;
  std::string path_, lock_;
};

}  // namespace barman::archive
