#include "section_name.h"

#include <algorithm>

namespace barman::config {

std::optional<std::string> section_name_problem(std::string_view name) {
  constexpr std::size_t longest = 200;  // lock files add to it, and a name in a directory has at most 255 bytes
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (name.find_first_not_of(' ') == std::string_view::npos) return "is empty";
  if (name == "." || name == "..") return "means a directory";
  if (name.find('/') != std::string_view::npos) return "contains a '/'";
  if (std::ranges::any_of(name, is_control)) return "contains a control character";
  if (name.size() > longest) return "is longer than 200 bytes";
  return std::nullopt;
}

}  // namespace barman::config
