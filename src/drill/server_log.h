#pragma once
#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/wal/segment.h"

namespace barman::drill {

// What a server says while it recovers, in the C locale and without a prefix, and when it said it.
class ServerLog {
 public:
  using Time = std::chrono::steady_clock::time_point;

  void add(std::string_view line, Time at);

  std::optional<Time> redo_started, consistent, redo_done, ready;
  std::optional<Lsn> redo_start, redo_end;  // where the first and the last record that was read begin
  std::optional<std::string> stop;  // "before commit of transaction 739, time ..."; unset: at the end of the WAL
  // No record that begins behind it was applied; a record that recovery stopped before was read, and counts as the
  // last.
  std::optional<Lsn> last_applied() const;
  // That cannot be loaded; named by a server that ended because of it.
  std::optional<std::string> missing_library(const std::vector<std::string>& libraries) const;
  std::string failure() const;  // the first FATAL or PANIC and what explains it, on one line; empty: none
  std::string last_lines() const;

 private:
  std::vector<std::string> failure_;
  bool explains_ = false;  // DETAIL, HINT of the failure may follow
  std::deque<std::string> last_;
};

}  // namespace barman::drill
