#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace barman {

// Calls `beat` at intervals on a separate thread until it returns false; `interval` 0: never. Ends with its scope.
class Periodic {
 public:
  Periodic(std::chrono::milliseconds interval, std::function<bool()> beat);
  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;
  ~Periodic();

 private:
  void run(std::chrono::milliseconds interval, const std::function<bool()>& beat);
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  std::thread thread_;
};

}  // namespace barman
