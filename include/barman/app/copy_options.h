#pragma once
#include <cstdint>
#include <optional>

#include "barman/config/server_config.h"

namespace barman::app {

// What may be asked for of the copies of a backup or a restore; unset: as configured.
struct CopyOptions {
  std::optional<std::int64_t> bandwidth_limit;  // kB/s, 0: none
  std::optional<std::int64_t> retry_times, retry_sleep;
  std::optional<std::int64_t> jobs, jobs_batch_period, jobs_batch_size;
};

// The options over the configuration. `Request`: of a backup or of a restore.
template <typename Request>
void apply(const CopyOptions& options, const config::ServerConfig& config, Request& request) {
  request.bandwidth_limit = options.bandwidth_limit.value_or(config.bandwidth_limit.value_or(0));
  request.retry.times = static_cast<int>(options.retry_times.value_or(config.basebackup_retry_times));
  request.retry.sleep_seconds = static_cast<int>(options.retry_sleep.value_or(config.basebackup_retry_sleep));
  request.jobs = options.jobs.value_or(config.parallel_jobs);
  request.jobs_start_batch_size = options.jobs_batch_size.value_or(config.parallel_jobs_start_batch_size);
  request.jobs_start_batch_period = options.jobs_batch_period.value_or(config.parallel_jobs_start_batch_period);
}

}  // namespace barman::app
