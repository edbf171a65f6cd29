#pragma once
#include <string>
#include <string_view>

namespace barman {

// Hides the values of password= and the password of postgresql://user:password@ (commands.md 1.4); keeps line ends.
std::string redact_passwords(std::string_view text);

}  // namespace barman
