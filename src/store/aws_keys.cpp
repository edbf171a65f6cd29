#include "aws_keys.h"

#include <chrono>

#include "barman/core/error.h"
#include "barman/core/log.h"

namespace barman::store {
namespace {

constexpr std::chrono::minutes renewed_before{10};

}  // namespace

AwsKeys KeyRing::keys() {
  const std::lock_guard lock(mutex_);
  const Timestamp time = clock_();
  if (keys_ && (!keys_->expires || *keys_->expires - renewed_before > time)) return *keys_;
  try {
    keys_ = fetch_();
  } catch (const Error& error) {
    if (!keys_ || *keys_->expires <= time) throw;
    log::warning("barman.store", "cannot renew keys that expire at {}: {}", to_iso(*keys_->expires), error.what());
  }
  return *keys_;
}

void KeyRing::forget(const AwsKeys& refused) {
  const std::lock_guard lock(mutex_);
  if (keys_ == refused) keys_.reset();
}

}  // namespace barman::store
