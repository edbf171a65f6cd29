#pragma once
#include <string>

namespace barman::usage {

// As roff shows it unchanged within a line: without this a hyphen may be typeset, and quotes turn into others, which no
// shell takes.
std::string roff_character(char c);

}  // namespace barman::usage
