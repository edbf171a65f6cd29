#pragma once
#include <string_view>
#include <vector>

#include "barman/cli/command.h"
#include "barman/usage/manual.h"

namespace barman::cli {

enum class Group { everyday, backups, wal, servers, configuration, passive_nodes };  // in the order of the help page

// One verb as it is known from the outside.
struct CommandEntry {
  std::string_view name;
  std::vector<std::string_view> aliases;
  Group group;
  std::string_view summary;  // one line, for the list of commands
  Command (*make)();
  bool ours = false;  // Barman has no such command
};

// Every verb, in the order in which Barman lists the choices. A verb is added by defining its command in one of the
// *_verbs.cpp, and by a declaration and a row in commands.cpp. Commands are built on demand: only the one that was
// called declares its options.
const std::vector<CommandEntry>& command_table();

// The manual page of one verb.
usage::ManualPage command_page(const CommandEntry& entry);

}  // namespace barman::cli
