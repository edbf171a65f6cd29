#pragma once
#include <map>
#include <string>
#include <vector>

#include "commands.h"

namespace barman::cli {

// What a shell has to know to complete a command line.
struct CompletedOption {
  std::vector<std::string> names;
  std::string help;
  bool takes_value = false;
  std::string value{};  // its choices, or @file, @directory, @backup; "": nothing that could be known
};
struct CompletedVerb {
  std::string name;  // a spelling of a verb, another program, or "": what stands before the verb
  std::string help;
  bool is_program = false;
  std::vector<CompletedOption> options;
  // What completes each argument: server, servers (all that follow), backup, backup-or-auto, verb, host, file,
  // directory, or "-".
  std::vector<std::string> arguments;
};

// What stands before the verb comes first.
std::vector<CompletedVerb> completed_verbs(const std::map<std::string, std::vector<OptionSpec>>& other_programs);

}  // namespace barman::cli
