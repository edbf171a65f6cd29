#pragma once
#include <cstddef>
#include <string>
#include <string_view>

// What Python's str methods do to UTF-8 text, where ConfigParser relies on them.
namespace barman::config {

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
