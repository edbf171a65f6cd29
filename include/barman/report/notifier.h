#pragma once
#include <fmt/core.h>

#include <string_view>

#include "barman/core/log.h"

namespace barman {

// How logic speaks to the operator while it works. Writers decide on channel and form; everything also goes to the log
// under `logger` unless Logged::no. Calling error() makes the process exit with 1.
class Notifier {
 public:
  enum class Logged { yes, no };
  virtual ~Notifier() = default;

  virtual void info(std::string_view text, Logged logged = Logged::yes) = 0;
  virtual void warning(std::string_view text, Logged logged = Logged::yes) = 0;
  virtual void error(std::string_view text, Logged logged = Logged::yes) = 0;
  virtual void debug(std::string_view text) = 0;

  // Between the two, texts may be gathered and printed together, by channel. Use Burst.
  virtual void begin_burst() {}
  virtual void end_burst() {}
};

// For work that reports very many things one after the other; ends with all of them printed. Not around what takes long
// between them: it would look as if nothing went on.
class Burst {
 public:
  explicit Burst(Notifier& notifier) : notifier_(notifier) { notifier_.begin_burst(); }
  ~Burst() { notifier_.end_burst(); }
  Burst(const Burst&) = delete;
  Burst& operator=(const Burst&) = delete;

 private:
  Notifier& notifier_;
  log::Burst log_;
};

// Drops everything: for work that Barman does "silently". error() is remembered.
class SilentNotifier : public Notifier {
 public:
  void info(std::string_view, Logged) override {}
  void warning(std::string_view, Logged) override {}
  void error(std::string_view, Logged) override { failed_ = true; }
  void debug(std::string_view) override {}
  bool failed() const { return failed_; }

 private:
  bool failed_ = false;
};

}  // namespace barman
