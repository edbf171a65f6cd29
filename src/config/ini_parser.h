#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "barman/config/option_list.h"

namespace barman::config {

struct RawOption {
  std::string name;   // lower case
  std::string value;  // continuation lines joined with newlines; not interpolated
  int line = 0;
};
struct RawSection {
  std::string name;
  int line = 0;
  OptionList<RawOption> options;
};

// One file, sections and options in order of first appearance, "DEFAULT" among them. Throws Error(config) with
// ConfigParser's message.
//
// inih keeps the section and splits name from value. Around it we put what ConfigParser does differently: lines of any
// length, continuation lines, no inline comments, a section name that goes to the last ']' and has any length, no byte
// order mark, and all faulty lines in one message.
std::vector<RawSection> parse_ini(std::string_view text, const std::string& file);

}  // namespace barman::config
