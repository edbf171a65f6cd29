#pragma once
#include <string>
#include <vector>

#include "barman/usage/options.h"

namespace barman::cli {

using usage::OptionSpec;

// Stores the arguments into what the specs bind. Throws Error(Errc::usage) with the texts of commands.md 1.1:
// unambiguous prefixes of long options are accepted, `-h`/`--help` is recognised anywhere (returned as help).
struct ParseResult {
  bool help = false;
  std::vector<std::string> unrecognized;  // reported with the program's own prefix, after everything else is known good
};
ParseResult parse_arguments(const std::vector<OptionSpec>& specs, const std::vector<std::string>& arguments);

// As above, but stops at the first word that is no option: that one and the rest are returned (the verb and its
// arguments).
struct LeadingResult {
  bool help = false;
  std::vector<std::string> rest;
};
LeadingResult parse_leading_options(const std::vector<OptionSpec>& specs, const std::vector<std::string>& arguments);

}  // namespace barman::cli
