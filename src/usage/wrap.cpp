#include "wrap.h"

namespace barman::usage {

std::string wrap(const std::vector<std::string>& words, std::size_t first_column, std::size_t indent,
                 std::size_t width) {
  std::string text;
  std::size_t column = first_column;
  bool line_start = true;
  for (const std::string& word : words) {
    if (!line_start && column + 1 + word.size() > width) {
      text += "\n" + std::string(indent, ' ');
      column = indent;
      line_start = true;
    }
    if (!line_start) text += ' ', ++column;
    text += word;
    column += word.size();
    line_start = false;
  }
  return text;
}

}  // namespace barman::usage
