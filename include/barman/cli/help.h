#pragma once
#include <string>
#include <vector>

#include "barman/cli/command.h"

namespace barman::cli {

// Usage block and pages in the conventional layout, from the same specs that the parser reads. `width` in columns
// (COLUMNS, else 80). Every text ends with a newline.
std::string usage_text(const std::string& program, const std::vector<OptionSpec>& specs, std::size_t width);
// What stands for the value after an option's name: "JOBS", "[zstd]"; "" where there is none.
std::string value_in_list(const OptionSpec& spec);
// The global options and a place for the verb, as the program's own usage line shows them.
std::vector<OptionSpec> with_verb(std::vector<OptionSpec> global_specs);
std::string command_help(const Command& command, const std::vector<OptionSpec>& specs, std::size_t width);

struct CommandSummary {
  std::string name;
  std::vector<std::string> aliases;
  std::string summary;
};
std::string program_help(const std::vector<OptionSpec>& global_specs, const std::vector<CommandSummary>& commands,
                         std::size_t width);

std::size_t help_width();

}  // namespace barman::cli
