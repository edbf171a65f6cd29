#pragma once
#include <string>
#include <vector>

#include "barman/usage/help.h"

namespace barman::cli {

// barman(1), a page for every verb and alias, and barman(5), from the tables that the parsers read.
std::vector<usage::ManualPage> manual_pages();

// docs/configuration.md: the options of barman(5) in Markdown.
std::string configuration_markdown();

}  // namespace barman::cli
