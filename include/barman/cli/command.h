#pragma once
#include <functional>
#include <optional>

#include "barman/output/writer.h"
#include "barman/usage/options.h"

namespace barman::cli {

using usage::Number;
using usage::Options;
using usage::OptionSpec;

class Session;

// What a verb takes and does; its names are in the table of src/cli/commands.cpp. It parses, calls app and gives the
// result to the writer; nothing that it computes is here.
struct Command {
  std::function<void(Options&)> declare;
  // Returns the exit code; where it is 0, the writer's counts. Error is caught and reported by the caller.
  std::function<int(Session&)> run;
  // The form of its output where that is not for -f to say.
  std::function<std::optional<output::Format>()> form = {};
};

}  // namespace barman::cli
