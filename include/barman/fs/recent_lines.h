#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// A small file of ours, each line of which says what happened once, the newest last. Of many only the last are kept.
namespace barman::fs {

std::vector<std::string> recent_lines(const std::string& path);  // without a file none

// Adds a line, without its end, durably. Whoever else adds one must be kept out by a lock.
void remember_line(const std::string& path, std::string_view line, std::size_t most);

}  // namespace barman::fs
