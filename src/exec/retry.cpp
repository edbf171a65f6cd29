#include "barman/exec/retry.h"

#include <chrono>

#include "barman/core/error.h"
#include "barman/core/signals.h"

namespace barman::exec {
namespace {

void pause(int seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    if (left <= 0) return;
    constexpr std::chrono::milliseconds::rep longest = 3'600'000;
    if (!signals::sleep_ms(static_cast<int>(left < longest ? left : longest))) signals::throw_if_pending();
  }
}

}  // namespace

void with_retry(const RetryPolicy& policy, const std::function<void()>& attempt,
                const std::function<void(int, const std::string&)>& on_retry) {
  for (int failures = 0;; ++failures) {
    try {
      attempt();
      return;
    } catch (const Error& error) {
      if (failures >= policy.times) throw;
      on_retry(failures, error.what());
    }
    pause(policy.sleep_seconds);
  }
}

}  // namespace barman::exec
