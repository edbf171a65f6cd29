#pragma once
#include <concepts>
#include <string>
#include <string_view>

namespace barman {

// "1 file", "2 files"
template <std::integral Count>
std::string count_of(Count count, std::string_view what) {
  return std::to_string(count) + ' ' + std::string(what) + (count == 1 ? "" : "s");
}

}  // namespace barman
