#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "barman/output/writer.h"
#include "barman/usage/options.h"

namespace barman::cli {

using usage::Number;
using usage::Options;
using usage::OptionSpec;

class Session;

// One verb. Everything it owns is in its src/cli/cmd_<verb>.cpp; nothing it computes is.
struct Command {
  std::string name;
  std::vector<std::string> aliases;
  std::string summary;  // one line, for the list of commands
  std::function<void(Options&)> declare;
  // Returns the exit code; where it is 0, the writer's counts. Error is caught and reported by the caller.
  std::function<int(Session&)> run;
  // The form of its output where that is not for -f to say.
  std::function<std::optional<output::Format>()> form = {};
};

}  // namespace barman::cli
