#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "barman/core/time.h"

namespace barman::report {

// How long a restore took that somebody needed; Drill has the same of one that was tried out.
struct MeasuredRestore {
  // As those of a drill: `copy` is all that the restore did, `files` and `wal` are parts of it.
  struct Seconds {
    double copy = 0, files = 0;
    std::optional<double> wal{};  // std::nullopt: none was copied
  };

  std::string server, backup_id;
  bool remote = false;  // to another host
  Seconds seconds;
  std::int64_t bytes_copied = 0;  // files and WAL
  std::optional<std::int64_t> wal_bytes, wal_segments;
  Timestamp started, ended;
};

// One JSON object on one line: what is kept of it.
std::string to_json_text(const MeasuredRestore& restore);
// std::nullopt when it is no such object.
std::optional<MeasuredRestore> parse_measured_restore(std::string_view json);

}  // namespace barman::report
