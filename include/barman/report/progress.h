#pragma once
#include <cstdint>
#include <string_view>

namespace barman {

// How far long work has come, reported by any thread. The writer decides whether anybody sees it (only a
// terminal does). Either bytes are counted, from start() on, or something is waited for that cannot be counted.
class Progress {
 public:
  virtual ~Progress() = default;
  // `step` is what distinguishes this part of the work, "" for the main one; `total_bytes` 0: not known.
  virtual void start(std::string_view step, std::int64_t total_bytes) = 0;
  virtual void update(std::int64_t done_bytes) = 0;  // absolute; ignored unless started
  // Until the next start(). `advice`, one line on how to shorten the wait, appears once it lasts.
  virtual void wait(std::string_view for_what, std::string_view advice) = 0;
  virtual void finish() = 0;                   // nothing is to be seen any more
  virtual bool shown() const { return true; }  // whether finding out what is done is worth anything
};

class NoProgress : public Progress {
 public:
  void start(std::string_view, std::int64_t) override {}
  void update(std::int64_t) override {}
  void wait(std::string_view, std::string_view) override {}
  void finish() override {}
  bool shown() const override { return false; }
};

// A wait that ends with its scope.
class Waiting {
 public:
  Waiting(Progress& progress, std::string_view for_what, std::string_view advice = {}) : progress_(progress) {
    progress_.wait(for_what, advice);
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() { progress_.finish(); }

 private:
  Progress& progress_;
};

}  // namespace barman
