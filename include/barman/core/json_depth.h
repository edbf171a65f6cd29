#pragma once
#include <cstddef>
#include <string_view>

namespace barman {

// How deep arrays and objects of a JSON text nest, closed or not. Ask before a document of another program is walked
// with a function that calls itself.
std::size_t json_depth(std::string_view json);

inline constexpr std::size_t deepest_json = 100;  // nothing that we read nests more than a handful

}  // namespace barman
