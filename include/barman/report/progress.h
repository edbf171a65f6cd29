#pragma once
#include <cstdint>

namespace barman {

// Bytes done of a total, told as work goes on. The writer decides whether anybody sees it (only a terminal does).
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void start(std::int64_t total_bytes) = 0;  // 0: not known
  virtual void update(std::int64_t done_bytes) = 0;  // absolute
  virtual void finish() = 0;                         // clears the line
  virtual bool shown() const { return true; }        // whether finding out what is done is worth anything
};

class NoProgress : public Progress {
 public:
  void start(std::int64_t) override {}
  void update(std::int64_t) override {}
  void finish() override {}
  bool shown() const override { return false; }
};

}  // namespace barman
