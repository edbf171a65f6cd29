#include "barman/core/background_digest.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace barman {
namespace {

constexpr std::size_t block_size = 128 * 1024;
constexpr std::size_t most_waiting = 2;

}  // namespace

void BackgroundDigest::update(std::string_view bytes) {
  while (!bytes.empty()) {
    if (block_.size() == block_size) hand_over();
    const std::string_view now = bytes.substr(0, block_size - block_.size());
    block_.reserve(block_size);
    block_ += now;
    bytes.remove_prefix(now.size());
  }
}

void BackgroundDigest::hand_over() {
  if (thread_.empty() && !thread_.start([this] { work(); })) {
    digest_.update(block_);
    block_.clear();
    return;
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_.size() < most_waiting || failure_; });
  if (failure_) std::rethrow_exception(failure_);
  waiting_.push_back(std::exchange(block_, {}));
  changed_.notify_all();
}

void BackgroundDigest::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ended_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::string block = std::move(waiting_.front());
    waiting_.pop_front();
    changed_.notify_all();
    lock.unlock();
    try {
      digest_.update(block);
      lock.lock();
    } catch (...) {
      lock.lock();
      failure_ = std::current_exception();
      changed_.notify_all();
      return;
    }
  }
}

void BackgroundDigest::stop() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Digest& BackgroundDigest::finished() {
  stop();
  if (failure_) std::rethrow_exception(failure_);
  digest_.update(block_);
  return digest_;
}

std::string BackgroundDigest::hex() { return finished().hex(); }

std::string BackgroundDigest::bytes() { return finished().bytes(); }

}  // namespace barman
