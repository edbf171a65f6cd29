#pragma once
#include <cstdint>
#include <optional>

#include "barman/cli/command.h"
#include "barman/config/server_config.h"

namespace barman::cli {

// What backup and restore both take about their copies; unset: as configured.
struct CopyOptions {
  std::optional<std::int64_t> bandwidth_limit, retry_times, retry_sleep, jobs, jobs_batch_period, jobs_batch_size;
};

void declare_retries(Options& options, CopyOptions& values);
void declare_jobs(Options& options, CopyOptions& values);
void declare_bandwidth(Options& options, CopyOptions& values);

// `Request`: of a backup or of a restore.
template <typename Request>
void apply(const CopyOptions& values, const config::ServerConfig& config, Request& request) {
  request.bandwidth_limit = values.bandwidth_limit.value_or(config.bandwidth_limit.value_or(0));
  request.retry.times = static_cast<int>(values.retry_times.value_or(config.basebackup_retry_times));
  request.retry.sleep_seconds = static_cast<int>(values.retry_sleep.value_or(config.basebackup_retry_sleep));
  request.jobs = values.jobs.value_or(config.parallel_jobs);
  request.jobs_start_batch_size = values.jobs_batch_size.value_or(config.parallel_jobs_start_batch_size);
  request.jobs_start_batch_period = values.jobs_batch_period.value_or(config.parallel_jobs_start_batch_period);
}

}  // namespace barman::cli
