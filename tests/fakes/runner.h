#pragma once
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "barman/exec/local_runner.h"

namespace barman::fakes {

// Starts nothing: a function answers, by default with status 0 and nothing to say. Remembers what it was asked for.
class FakeRunner : public exec::Runner {
 public:
  using Answer = std::function<exec::Outcome(const exec::Command&)>;
  FakeRunner() : FakeRunner([](const exec::Command&) { return exec::Outcome{}; }) {}
  explicit FakeRunner(exec::Outcome outcome) : FakeRunner([outcome](const exec::Command&) { return outcome; }) {}
  explicit FakeRunner(Answer how) : answer(std::move(how)) {}

  exec::Outcome run(const exec::Command& command) override {
    {
      const std::lock_guard lock(mutex_);
      calls.push_back(command.argv);
      environments.emplace_back(command.environment.begin(), command.environment.end());
    }
    return answer(command);
  }
  bool is_remote() const override { return remote; }

  Answer answer;
  bool remote = false;
  std::vector<std::vector<std::string>> calls;                   // argv of each
  std::vector<std::map<std::string, std::string>> environments;  // what was added to it

 private:
  std::mutex mutex_;
};

}  // namespace barman::fakes
