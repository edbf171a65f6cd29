#pragma once
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "barman/exec/command.h"
#include "programs.h"
#include "server_log.h"
#include "settings.h"

namespace barman::drill {

// A PostgreSQL that runs as long as this does, and not longer than this process: it gets SIGQUIT when that dies.
class Instance {
 public:
  // `patience`: how long it may do nothing before it is ended; 0: for ever.
  Instance(const Programs& programs, const Seal& seal, std::chrono::seconds patience);
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance();

  // Waits until it takes connections (true) or has ended.
  bool wait_until_ready();
  // Lets it end cleanly; whether it did.
  bool stop();

  ServerLog log() const;  // as far as it goes
  std::chrono::steady_clock::time_point started() const { return started_; }

 private:
  void run(exec::Command command);
  bool ended() const;

  const std::string data_;
  const std::chrono::steady_clock::time_point started_;
  exec::Cancellation cancellation_;
  mutable std::mutex mutex_;
  ServerLog log_;
  std::optional<exec::Outcome> outcome_;
  std::thread thread_;
};

}  // namespace barman::drill
