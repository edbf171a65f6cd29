#pragma once
#include <optional>
#include <string>

#include "barman/cli/command.h"

namespace barman::cli {

// What may stand before the verb (commands.md 1.2).
struct GlobalOptions {
  bool version = false;
  std::optional<std::string> config;
  std::optional<std::string> color;
  std::optional<std::string> log_level;
  bool quiet = false;
  bool debug = false;
  std::optional<std::string> format;
};

void declare(Options& options, GlobalOptions& values);

}  // namespace barman::cli
