#include "verbose_error.h"

#include <algorithm>

#include "barman/core/text.h"

namespace barman::postgres {
namespace {

constexpr std::string_view location = "LOCATION:  ";
constexpr std::size_t code_size = 5;

bool is_code(std::string_view text) {
  return text.size() == code_size &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
}

// "… failed: FATAL:  28000: no pg_hba.conf entry …": where the code begins, behind the severity in whatever language.
std::size_t find_code(std::string_view line) {
  constexpr std::string_view before = ":  ", behind = ": ";
  for (std::size_t at = line.find(before); at != std::string_view::npos; at = line.find(before, at + 1)) {
    const std::size_t begin = at + before.size();
    if (is_code(line.substr(begin, code_size)) && line.substr(begin + code_size).starts_with(behind)) return begin;
  }
  return std::string_view::npos;
}

}  // namespace

VerboseError read_verbose(std::string_view message) {
  VerboseError error;
  for (std::string& line : split_lines(message)) {
    if (line.starts_with(location)) {
      const std::string_view where = std::string_view(line).substr(location.size());
      error.routine = where.substr(0, where.find(','));
      continue;
    }
    if (const std::size_t code = find_code(line); code != std::string::npos) {
      error.sqlstate = line.substr(code, code_size);
      error.routine.clear();
      line.erase(code, code_size + 2);
    }
    error.text += error.text.empty() ? line : "\n" + line;
  }
  return error;
}

}  // namespace barman::postgres
