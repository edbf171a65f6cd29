#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace barman::usage {

// What people read about a program, as it is written in the source and shown by man(1) and --help:
//
//   A paragraph ends at an empty line. `Words` between backticks are as they are typed.
//
//   - term :: what it means
//
//       a line that begins with four blanks is shown as it is
//
//   # TITLE
//   begins a section.
struct MarkupSection {
  std::string title;  // "" for what stands before the first one
  std::string text;
};
std::vector<MarkupSection> split_sections(std::string_view markup);

// Without sections. Every text ends with a newline, and no line of roff is long.
std::string markup_to_roff(std::string_view markup);
std::string markup_to_plain(std::string_view markup, std::size_t width);

// Words of plain text as roff shows them unchanged, in short lines, without a newline at the end. roff changes what
// stands at the beginning of a line, and knows no other ends of sentences than those at the end of one.
std::string roff_lines(std::string_view text);

}  // namespace barman::usage
