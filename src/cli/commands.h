#pragma once
#include <string_view>
#include <vector>

#include "barman/cli/command.h"
#include "barman/usage/manual.h"

namespace barman::cli {

// Every verb, in the order in which Barman lists the choices. A verb is added by writing cmd_<verb>.cpp, and by a
// declaration and a row in commands.cpp. Verbs are built on demand: only the one that was called declares its options.
enum class Group { everyday, backups, wal, servers, configuration, passive_nodes };  // in the order of the help page

struct CommandEntry {
  std::string_view name;
  std::vector<std::string_view> aliases;
  Command (*make)();
  Group group;
  bool ours = false;  // Barman has no such command
};
const std::vector<CommandEntry>& command_table();

// The manual page of one verb.
usage::ManualPage command_page(const CommandEntry& entry);

}  // namespace barman::cli
