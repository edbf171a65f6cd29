#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace barman {

// Closest of `candidates` by edit distance, if close enough to be a likely typing error.
std::optional<std::string> did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace barman
