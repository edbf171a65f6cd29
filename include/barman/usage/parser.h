#pragma once
#include <string>
#include <vector>

#include "barman/usage/options.h"

namespace barman::usage {

// A command line by the rules of Python's argparse: options and positional arguments mixed, unique prefixes of long
// options, -abc, -oVALUE, --option=VALUE and "--". What was given is stored where the specs bind it, in the order in
// which it was typed. Throws Error(Errc::usage) with argparse's words.
struct ParseResult {
  bool help = false;   // -h or --help, which every command line takes
  bool ended = false;  // by an option that ends it: what follows was not looked at and nothing is missed
  std::vector<std::string> unrecognized;  // reported by the caller, once everything else is known good
};
ParseResult parse_arguments(const std::vector<OptionSpec>& specs, const std::vector<std::string>& words);

// The options before the first word that is not one; that word (the verb) and the rest are returned. Abbreviations of
// these options are looked for in the rest, too: one that stands for several of them is refused, as argparse does.
struct LeadingResult : ParseResult {
  std::vector<std::string> rest;
};
LeadingResult parse_leading_options(const std::vector<OptionSpec>& specs, const std::vector<std::string>& words);

}  // namespace barman::usage
