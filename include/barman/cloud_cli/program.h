#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "barman/cloud/open_url.h"
#include "barman/usage/help.h"
#include "barman/usage/options.h"

// The barman-cloud-* programs: one executable, which does what the name says that it was called by.
namespace barman::cloud::cli {

// A whole program from its words to its exit status; results go to standard output, everything else to standard error.
// `name` is that of the program, "barman-cloud-backup-list".
int run_program(std::string_view name, const std::vector<std::string>& words, const OpenStore& open);

// The same with argv[0] and, once a signal has asked us to stop and all is cleaned up, the end by that signal.
int program_main(int argc, char** argv, const OpenStore& open);

// For what is made from the tables that the option parser reads.
std::vector<usage::ManualPage> manual_pages();
std::vector<std::pair<std::string, std::vector<usage::OptionSpec>>> options_of_programs();

}  // namespace barman::cloud::cli
