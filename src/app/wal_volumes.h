#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "barman/archive/wal_queue.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/wal_window.h"
#include "barman/catalog/xlogdb.h"
#include "barman/core/time.h"
#include "barman/report/survey.h"

namespace barman::app {

inline constexpr std::int64_t surveyed_days = 90;

// What the lines of an index come to, in one pass. Lines of other files than WAL segments count for no timeline and no
// day.
class WalVolumes {
 public:
  // Days are those of the clock at `at`; the last ninety are kept.
  // `asked`: segments of which it is to be known when they were written.
  WalVolumes(const catalog::BackupCatalog& backups, const Timestamp& at, std::set<std::string, std::less<>> asked);
  void count(const catalog::WalEntryView& entry);

  std::map<std::string, catalog::WalWindow> windows() const { return windows_.result(); }
  std::map<std::uint32_t, report::SurveyedTimeline> timelines() const;
  const std::map<std::int64_t, report::WalVolume>& days() const { return days_; }
  std::optional<Timestamp> written(const std::string& segment) const;  // one that was asked for

 private:
  struct Timeline {
    report::SurveyedTimeline volume;
    double written = 0;
  };
  std::int32_t offset_;
  std::int64_t first_day_;
  catalog::WalWindowCounter windows_;
  std::map<std::uint32_t, Timeline> timelines_;
  std::map<std::int64_t, report::WalVolume> days_;
  std::set<std::string, std::less<>> asked_;
  std::map<std::string, double> written_;
};

// Files of WAL that are complete. One that is being streamed is not.
report::WaitingWal waiting_in(const archive::WalQueue& queue, const Timestamp& at);

}  // namespace barman::app
