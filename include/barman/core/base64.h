#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace barman {

std::string base64_encode(std::string_view bytes);                // with padding, on one line
std::optional<std::string> base64_decode(std::string_view text);  // with its padding, and nothing else

}  // namespace barman
