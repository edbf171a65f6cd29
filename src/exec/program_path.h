#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace barman::exec {

std::string program_search_path(std::string_view search_path);               // search_path:PATH
std::vector<std::string> program_directories(std::string_view search_path);  // its non-empty parts
bool is_program(const std::string& path);                                    // an executable regular file
// `name` as it is when it holds a slash, else where it was found. Throws Error(not_found, "{name} not in PATH").
std::string program_path(const std::string& name, std::string_view search_path);

}  // namespace barman::exec
