#pragma once
#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "barman/core/unique_fd.h"

namespace barman::exec {

// What to start. The descriptors become 0, 1, 2 and (where there is one) 3 of the child; nothing else is inherited.
struct Spawn {
  std::string program;  // path of the executable
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // NAME=value
  std::string directory;                 // empty: ours
  int input = -1;
  int output = -1;
  int error = -1;
  int third = -1;            // -1: the child has none
  int death_signal = 0;      // sent to it when the thread that started it ends, as it does when we are killed; 0: none
  bool new_session = false;  // otherwise: a process group of its own
};

// Starts it with default signal dispositions and nothing blocked. Throws Error(not_found) or Error(io).
pid_t spawn(const Spawn& request);

// Our environment with `changes` applied.
std::vector<std::string> child_environment(const std::vector<std::pair<std::string, std::string>>& changes);

// Owns one pid: cannot be copied, cannot be forgotten. The destructor ends a child that still runs.
class Child {
 public:
  explicit Child(const Spawn& request);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  pid_t pid() const { return pid_; }
  int exit_fd() const { return pidfd_.get(); }  // readable once it has ended; -1 where the kernel has no pidfd
  void signal(int number) const;                // to its whole process group
  bool stopped_by_terminal();                   // it waits for the terminal (SIGTTIN, SIGTTOU)
  std::optional<int> try_wait();                // exit status or 128 + signal
  int wait();

 private:
  bool ended_within(std::chrono::milliseconds limit);

  pid_t pid_ = -1;
  UniqueFd pidfd_;
  std::optional<int> status_;
};

}  // namespace barman::exec
