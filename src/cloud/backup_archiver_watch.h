#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "barman/cloud/backup.h"
#include "barman/postgres/server.h"

namespace barman::cloud {

// Why pg_backup_stop has not returned after such a time, as far as the archiver's statistics say it.
std::string reason_to_wait(const std::optional<postgres::ArchiverStats>& stats, std::chrono::seconds waited);

// The end of a backup waits until its last WAL is archived, without a limit: while archive_command fails, for ever.
// look(), called every second meanwhile, says so in the log: after ten seconds, then every minute.
class ArchiverWatch {
 public:
  explicit ArchiverWatch(const MakeServer& another) : another_(another) {}
  void look();

 private:
  std::optional<postgres::ArchiverStats> stats();
  const MakeServer& another_;
  std::unique_ptr<postgres::Server> server_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point next_ = begun_ + std::chrono::seconds(10);
};

}  // namespace barman::cloud
