#pragma once
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "barman/core/time.h"

namespace barman::store {

// "Sun, 06 Nov 1994 08:49:37 GMT", whatever the locale.
std::string http_date(std::time_t time);
std::optional<Timestamp> parse_http_date(std::string_view text);

}  // namespace barman::store
