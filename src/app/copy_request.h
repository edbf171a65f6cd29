#pragma once
#include "barman/app/copy_options.h"
#include "barman/config/server_config.h"

namespace barman::app {

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
