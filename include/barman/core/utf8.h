#pragma once
#include <string>
#include <string_view>

namespace barman {

// Every byte that belongs to no character becomes U+FFFD.
std::string valid_utf8(std::string_view text);

}  // namespace barman
