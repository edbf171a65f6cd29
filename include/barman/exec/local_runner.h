#pragma once
#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "barman/exec/command.h"

namespace barman::exec {

// How long a child is given to follow a signal before SIGKILL.
struct Patience {
  std::chrono::milliseconds after_deadline{5'000};
  std::chrono::milliseconds after_signal{30'000};
};

// Children of this process, started with posix_spawn, each in a process group of its own, without inherited
// descriptors. One that asks at the terminal (ssh for a passphrase) gets it for as long as it runs. Processes that a
// child leaves behind are not waited for, even if they hold its output open. Safe for several threads.
class LocalRunner : public Runner {
 public:
  // `search_path`: directories looked at before PATH (the path_prefix option), colon-separated; also put in front of
  // the child's PATH.
  explicit LocalRunner(std::string search_path = {}, Patience patience = {});
  Outcome run(const Command& command) override;
  bool is_remote() const override { return false; }

 private:
  std::string search_path_;
  Patience patience_;
};

}  // namespace barman::exec
