#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "barman/exec/command.h"

namespace barman::exec {

// Children of this process, started with posix_spawn, each in a process group of its own, without inherited descriptors.
class LocalRunner : public Runner {
 public:
  // `search_path`: directories looked at before PATH (the path_prefix option), colon-separated; also put in front of the
  // child's PATH.
  explicit LocalRunner(std::string search_path = {});
  Outcome run(const Command& command) override;
  bool is_remote() const override { return false; }

 private:
  std::string search_path_;
};

// First executable file of that name in `search_path`:PATH.
std::optional<std::string> find_program(std::string_view name, std::string_view search_path = {});

// A detached child in a session of its own with stdin on /dev/null, and stdout and stderr too unless keep_descriptors:
// how cron starts other barman commands. Nobody waits for it. Returns its pid.
pid_t start_detached(const std::vector<std::string>& argv, bool keep_descriptors);

// Path of the running executable (/proc/self/exe).
std::string own_executable();

}  // namespace barman::exec
