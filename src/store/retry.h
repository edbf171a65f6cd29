#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "barman/http/transport.h"

namespace barman::store {

struct RetryPolicy {
  int attempts = 5;
  std::chrono::milliseconds first{250};       // at most so long before the second attempt, then twice as long each time
  std::chrono::milliseconds longest{20'000};  // also where the store asks for more
  Deadline deadline{};                        // no attempt begins later
};
RetryPolicy aws_retry_policy();  // attempts from AWS_MAX_ATTEMPTS

// What depends on the world: tests have their own.
struct RetryWorld {
  std::function<void(std::chrono::milliseconds)> sleep;  // Interrupted when a signal arrives
  std::function<double()> chance;                        // 0 to 1
};
RetryWorld real_world();

// 408, 429, 500, 502, 503 and 504: another attempt may have better luck.
bool may_pass(const http::Response& response);

// Requests that may be repeated, since having been done twice they have the same effect as once.
class Retry {
 public:
  using Judge = std::function<bool(const http::Response&)>;  // whether another attempt may help
  struct Outcome {
    http::Response response;  // of the last attempt, whatever it says
    bool uncertain = false;   // an attempt before it may have taken effect
  };

  explicit Retry(RetryPolicy policy = {}, RetryWorld world = real_world())
      : policy_(policy), world_(std::move(world)) {}
  // `attempt` makes, signs and sends the request anew. When the last one gets no answer either its TransferError is
  // thrown. Between attempts passes what the store asks for, or a part, left to chance, of a time that doubles.
  Outcome run(const std::function<http::Response()>& attempt, const Judge& judge = may_pass) const;
  // For what repeats itself otherwise: the pause before another attempt, the `failures`-th after the last success.
  // false: there were enough, or there is no time for it.
  bool pause(int failures, const std::optional<std::string>& retry_after = std::nullopt) const;
  const RetryPolicy& policy() const { return policy_; }

 private:
  RetryPolicy policy_;
  RetryWorld world_;
};

}  // namespace barman::store
