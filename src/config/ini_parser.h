#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "barman/config/ini_document.h"

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

// What Python's str methods do to UTF-8 text, where ConfigParser relies on them.

// Strip white space, Unicode's included.
std::string_view strip(std::string_view text);
std::string_view strip_left(std::string_view text);
std::string_view strip_right(std::string_view text);
// Characters of white space before the first other one.
std::size_t indentation(std::string_view line);
// Characters, not bytes.
std::size_t character_count(std::string_view utf8);

// Throws Error(config) with the codec's message for bytes that are not UTF-8.
void require_utf8(std::string_view text, const std::string& file);

}  // namespace barman::config
