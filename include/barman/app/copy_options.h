#pragma once
#include <cstdint>
#include <optional>

namespace barman::app {

// What may be asked for of the copies of a backup or a restore; unset: as configured.
struct CopyOptions {
  std::optional<std::int64_t> bandwidth_limit;  // kB/s, 0: none
  std::optional<std::int64_t> retry_times, retry_sleep;
  std::optional<std::int64_t> jobs, jobs_batch_period, jobs_batch_size;
};

}  // namespace barman::app
