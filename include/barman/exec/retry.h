#pragma once
#include <functional>
#include <string>

namespace barman::exec {

struct RetryPolicy {
  int times = 0;  // attempts after the first
  int sleep_seconds = 30;
};

// Calls `attempt` until it does not throw, at most 1 + times; before each new attempt `on_retry(attempt number from 0,
// what the failure said)` is called and sleep_seconds pass. The last failure is rethrown. An interruption is never
// retried.
void with_retry(const RetryPolicy& policy, const std::function<void()>& attempt,
                const std::function<void(int, const std::string&)>& on_retry);

}  // namespace barman::exec
