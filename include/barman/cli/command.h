#pragma once
#include <functional>
#include <string>
#include <vector>

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
  // Returns the exit code; 0 becomes 1 when the writer was told an error. Error is caught and reported by the caller.
  std::function<int(Session&)> run;
};

}  // namespace barman::cli
