#include "copy_options.h"

namespace barman::cli {

void declare_retries(Options& options, CopyOptions& values) {
  options.number({"--retry-times"}, values.retry_times, Number::non_negative, "RETRY_TIMES",
                 "how often to try a failed copy again");
  options.number({"--retry-sleep"}, values.retry_sleep, Number::non_negative, "RETRY_SLEEP",
                 "seconds between two tries");
  OptionSpec no_retry;
  no_retry.names = {"--no-retry"};
  no_retry.kind = OptionSpec::Kind::flag;
  no_retry.help = "do not try a failed copy again";
  no_retry.store = [&values](const std::string&) {
    values.retry_times = 0;
    return std::optional<std::string>();
  };
  options.custom(std::move(no_retry));
}

void declare_jobs(Options& options, CopyOptions& values) {
  options.number({"--jobs", "-j"}, values.jobs, Number::positive, "NJOBS", "how many copies by rsync run in parallel");
  options.number({"--jobs-start-batch-period"}, values.jobs_batch_period, Number::positive, "JOBS_START_BATCH_PERIOD",
                 "period in seconds over which one batch of jobs is started");
  options.number({"--jobs-start-batch-size"}, values.jobs_batch_size, Number::positive, "JOBS_START_BATCH_SIZE",
                 "most jobs started in one period");
}

void declare_bandwidth(Options& options, CopyOptions& values) {
  options.number({"--bwlimit"}, values.bandwidth_limit, Number::non_negative, "KBPS",
                 "maximum transfer rate in kilobytes a second, 0 for none");
}

}  // namespace barman::cli
