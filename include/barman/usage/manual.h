#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "barman/usage/options.h"

namespace barman::usage {

// A page for man(1): "barman-backup.1" and its text in roff (man(7)).
struct ManualPage {
  std::string file;
  std::string text;
};

// What pages are made of. Every text but roff() and bold() ends with a newline.
std::string roff(std::string_view text);  // as roff shows it unchanged
std::string bold(std::string_view text);
std::string manual_heading(std::string_view page, int section, std::string_view about);
std::string manual_section(std::string_view title, const std::string& text);  // "" without text
std::string synopsis(const std::string& program, const std::vector<OptionSpec>& specs);
std::string items(const std::vector<OptionSpec>& specs, bool positionals);  // with what each does

}  // namespace barman::usage
