#include "commands.h"

namespace barman::cli {

// Each is defined in cmd_<verb>.cpp.

const std::vector<CommandEntry>& command_table() {
  static const std::vector<CommandEntry> table = {
  };
  return table;
}

}  // namespace barman::cli
