#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "barman/output/writer.h"
#include "barman/usage/help.h"
#include "barman/usage/options.h"

// What can be typed.
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

enum class Group { everyday, backups, wal, servers, configuration, passive_nodes };  // in the order of the help page

// One verb as it is known from the outside.
struct CommandEntry {
  std::string_view name;
  std::string_view alias;  // Barman gives none a second one; empty: none
  Group group;
  std::string_view summary;  // one line, for the list of commands
  Command (*make)();
  bool ours = false;  // Barman has no such command

  std::vector<std::string> aliases() const;
  std::vector<std::string> spellings() const;  // the name, then the alias
};

// Every verb, in the order in which Barman lists the choices. A verb is added by defining its command in one of the
// *_verbs.cpp, and by a declaration and a row in commands.cpp. Commands are built on demand: only the one that was
// called declares its options.
std::span<const CommandEntry> command_table();

// The manual page of one verb.
usage::ManualPage command_page(const CommandEntry& entry);

// What may stand before the verb (commands.md 1.2).
struct GlobalOptions {
  std::optional<std::string> config;
  std::optional<std::string> color;
  std::optional<std::string> log_level;
  bool quiet = false;
  bool debug = false;
  std::optional<std::string> format;
};

void declare(Options& options, GlobalOptions& values);

}  // namespace barman::cli
