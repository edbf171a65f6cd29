#pragma once
#include <string>
#include <vector>

namespace barman::usage {

// Words in lines of at most `width` columns; every line but the first starts with `indent` blanks.
std::string wrap(const std::vector<std::string>& words, std::size_t first_column, std::size_t indent,
                 std::size_t width);

}  // namespace barman::usage
