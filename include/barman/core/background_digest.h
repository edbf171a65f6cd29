#pragma once
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <string>
#include <string_view>

#include "barman/core/digest.h"
#include "barman/core/parallel.h"

namespace barman {

// A Digest on a thread of its own, for whoever has more to do with the bytes: they are copied, and computed while the
// next ones come. What is small needs no thread. Not for use by several threads.
class BackgroundDigest {
 public:
  explicit BackgroundDigest(DigestKind kind) : digest_(kind) {}
  BackgroundDigest(const BackgroundDigest&) = delete;
  BackgroundDigest& operator=(const BackgroundDigest&) = delete;
  ~BackgroundDigest() { stop(); }
  void update(std::string_view bytes);
  std::string hex();    // lower case; ends the computation
  std::string bytes();  // the same, as it is

 private:
  void hand_over();
  void work();
  void stop();
  Digest& finished();

  Digest digest_;
  std::string block_;  // that is being filled
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> waiting_;
  std::exception_ptr failure_;
  bool ended_ = false;
  ThreadGroup thread_;
};

}  // namespace barman
