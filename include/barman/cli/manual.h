#pragma once
#include <map>
#include <string>
#include <vector>

#include "barman/usage/help.h"

namespace barman::cli {

// barman(1), a page for every verb and alias, and barman(5), from the tables that the parsers read.
std::vector<usage::ManualPage> manual_pages();

// docs/configuration.md: the options of barman(5) in Markdown.
std::string configuration_markdown();

// The tables that packaging/bash-completion/barman.bash works from, as bash arrays. The options of other programs that
// it completes are given by their names.
std::string completion_tables(const std::map<std::string, std::vector<usage::OptionSpec>>& other_programs = {});

}  // namespace barman::cli
