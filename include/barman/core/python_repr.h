#pragma once
#include <string>
#include <string_view>

namespace barman {

// Python's repr() of a str and of a float (shortest form that reads back the same, always with a fraction or an
// exponent).
std::string python_repr(std::string_view utf8);
std::string python_repr(double value);

}  // namespace barman
