#include "retry.h"

#include <algorithm>
#include <cstdlib>
#include <random>

#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/signals.h"

namespace barman::store {
namespace {

using std::chrono::milliseconds;

void sleep_or_throw(milliseconds time) {
  if (!signals::sleep_ms(static_cast<int>(time.count()))) signals::throw_if_pending();
}

double any_chance() {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

}  // namespace

RetryPolicy aws_retry_policy() {
  RetryPolicy policy;
  const char* text = std::getenv("AWS_MAX_ATTEMPTS");
  const auto number = parse_decimal(text == nullptr ? "" : text);
  if (number && *number > 0) policy.attempts = static_cast<int>(std::min<std::int64_t>(*number, 100));
  return policy;
}

RetryWorld real_world() { return {sleep_or_throw, any_chance}; }

bool may_pass(const http::Response& response) {
  switch (response.status) {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return false;
  }
}

bool Retry::pause(int failures, const std::optional<std::string>& retry_after) const {
  if (failures >= policy_.attempts) return false;
  const milliseconds most = std::min(policy_.longest, policy_.first * (std::int64_t{1} << std::min(failures - 1, 20)));
  milliseconds time(static_cast<std::int64_t>(static_cast<double>(most.count()) * (0.5 + world_.chance() / 2)));
  if (const auto seconds = parse_decimal(retry_after.value_or("")))  // a date is not worth its parsing
    time = std::max(
        time, std::min<milliseconds>(policy_.longest, std::chrono::seconds(std::min<std::int64_t>(*seconds, 3600))));
  if (policy_.deadline && std::chrono::steady_clock::now() + time >= *policy_.deadline) return false;
  world_.sleep(time);
  return true;
}

Retry::Outcome Retry::run(const std::function<http::Response()>& attempt, const Judge& judge) const {
  bool uncertain = false;
  for (int failures = 1;; ++failures) {
    try {
      http::Response response = attempt();
      if (!judge(response)) return {std::move(response), uncertain};
      const auto retry_after = response.header("Retry-After");
      log::info("barman.store", "attempt {}: the store answers {}", failures, response.status);
      if (!pause(failures, retry_after)) return {std::move(response), uncertain};
      uncertain = true;
    } catch (const http::TransferError& error) {
      log::info("barman.store", "attempt {}: {}", failures, error.what());
      if (!pause(failures)) throw;
      if (error.kind() != http::TransferError::Kind::unreachable) uncertain = true;
    }
  }
}

}  // namespace barman::store
