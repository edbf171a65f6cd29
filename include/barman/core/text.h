#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace barman {

std::vector<std::string> split(std::string_view text, char separator);  // keeps empty items
std::vector<std::string> split_whitespace(std::string_view text);       // no empty items
std::vector<std::string> split_lines(std::string_view text);            // without line ends; no last empty line
std::string_view trim(std::string_view text);                           // ASCII white space, both ends
std::string join(const std::vector<std::string>& items, std::string_view separator);
std::string to_lower(std::string_view text);  // ASCII only
std::string to_upper(std::string_view text);
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);
std::string_view base_name(std::string_view path);  // what follows the last '/'

}  // namespace barman
