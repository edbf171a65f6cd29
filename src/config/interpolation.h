#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "barman/config/ini_document.h"

// ConfigParser's BasicInterpolation: %(name)s and %%.
namespace barman::config {

// Value of another option of the same section; nullptr: there is none.
using Lookup = std::function<const std::string*(std::string_view option)>;

// `value` of `option` in `section` with every %(name)s replaced, recursively. Throws Error(config) with ConfigParser's
// message, `place` in the hint.
std::string interpolate(const std::string& section, const std::string& option, const std::string& value,
                        const Lookup& lookup, const Place& place);

// The check that ConfigParser makes when a value is set: a '%' must begin "%%" or "%(name)s".
void require_valid_percent(const std::string& value, const Place& place);

}  // namespace barman::config
