#include "barman/fs/recent_lines.h"

#include <algorithm>

#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::fs {

std::vector<std::string> recent_lines(const std::string& path) {
  return split_lines(read_file_if_exists(path).value_or(""));
}

void remember_line(const std::string& path, std::string_view line, std::size_t most) {
  std::vector<std::string> lines = recent_lines(path);
  lines.emplace_back(line);
  std::string text;
  for (std::size_t i = lines.size() - std::min(lines.size(), most); i < lines.size(); ++i) text += lines[i] + '\n';
  replace_file(path, text);
}

}  // namespace barman::fs
