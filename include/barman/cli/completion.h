#pragma once
#include <map>
#include <string>
#include <vector>

#include "barman/usage/options.h"

namespace barman::cli {

// The options of programs beside barman that are completed, too, by their names.
using OtherPrograms = std::map<std::string, std::vector<usage::OptionSpec>>;

// What the functions in packaging/*-completion work from, in the words of each shell: verbs, the options of each, what
// completes their values, and what each argument is.
std::string bash_completion_tables(const OtherPrograms& other_programs = {});
// Begins with the line that says which programs a file of zsh is for.
std::string zsh_completion_tables(const OtherPrograms& other_programs, const std::vector<std::string>& programs);
std::string fish_completion_tables(const OtherPrograms& other_programs = {});

}  // namespace barman::cli
