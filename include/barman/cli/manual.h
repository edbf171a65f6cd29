#pragma once
#include <string>
#include <vector>

#include "barman/usage/manual.h"

namespace barman::cli {

// barman(1), a page for every verb and alias, and barman(5), from the tables that the parsers read.
std::vector<usage::ManualPage> manual_pages();

// The tables that packaging/bash-completion/barman.bash works from, as bash arrays.
std::string completion_tables();

}  // namespace barman::cli
