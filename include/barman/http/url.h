#pragma once
#include <string>
#include <string_view>

namespace barman::http {

// Everything but letters, digits and "-._~" becomes %XX, in upper case; what is in `kept` ("/") stays, too.
std::string percent_encode(std::string_view text, std::string_view kept = {});
// A '%' that begins no code stays as it is.
std::string percent_decode(std::string_view text);

// For messages: no query and no user, both may be secret.
std::string without_secrets(std::string_view url);

}  // namespace barman::http
