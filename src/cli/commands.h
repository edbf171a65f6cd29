#pragma once
#include <string_view>
#include <vector>

#include "barman/cli/command.h"

namespace barman::cli {

// Every verb, in the order in which Barman lists the choices. A verb is added by writing cmd_<verb>.cpp and a line here
// and in commands.cpp. Verbs are built on demand: only the one that was called declares its options.
enum class Group { everyday, backups, wal, servers, configuration, passive_nodes };  // in the order of the help page

struct CommandEntry {
  std::string_view name;
  std::vector<std::string_view> aliases;
  Command (*make)();
  Group group;
};
const std::vector<CommandEntry>& command_table();

}  // namespace barman::cli
