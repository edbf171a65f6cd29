#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/xlogdb.h"
#include "barman/core/error.h"

namespace barman::catalog {

// What the WAL index says about one backup (algorithms.md 11.1).
struct WalWindow {
  std::int64_t wal_num = 0;  // begin_wal..end_wal
  std::int64_t wal_size = 0;
  std::int64_t wal_until_next_num = 0;  // after end_wal up to the next backup's end_wal
  std::int64_t wal_until_next_size = 0;
  std::optional<double> wals_per_second;
  double wal_compression_ratio = 0;
  double wal_until_next_compression_ratio = 0;
  std::optional<std::string> wal_last;
};

// Counts windows line by line, whatever the number of backups: a line costs the logarithm of it plus the windows it is
// in. Pure: feed it the lines of an index in file order, then ask for the result.
class WalWindowCounter {
 public:
  // `limit`: the end WAL of the next backup with its copy done; unset for the last one.
  void add(const BackupInfo& backup, const std::optional<std::string>& limit);
  // False: the name is not that of a WAL file, and the line was ignored.
  bool count(const WalEntryView& entry);
  std::map<std::string, WalWindow> result() const;

 private:
  struct Open;
  std::optional<std::uint32_t> timeline_of(std::string_view name);
  std::array<char, 16> directory_{};  // digits of timeline and log that the last name had
  std::uint32_t directory_timeline_ = 0;
  std::vector<std::shared_ptr<Open>> open_;  // those that can still grow, by begin_wal
  std::vector<std::shared_ptr<Open>> all_;
  bool sorted_ = true;
};

// Windows of all the given backups in ONE pass over the index. Keyed by backup id; backups without begin or end WAL get
// none. The first bad line or name is passed to `on_error` (with a hint to rebuild the index); all of them are left
// out.
std::map<std::string, WalWindow> wal_windows(const BackupCatalog& catalog,
                                             const std::vector<const BackupInfo*>& backups, const XlogDb& xlogdb,
                                             const std::function<void(const Error&)>& on_error);

}  // namespace barman::catalog
