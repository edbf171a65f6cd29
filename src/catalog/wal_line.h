#pragma once
#include <string_view>

#include "barman/catalog/xlogdb.h"

namespace barman::catalog {

// False when the line does not have 3 to 5 columns with a whole number second and a number third.
bool parse_wal_line(std::string_view line, WalEntryView& view);

}  // namespace barman::catalog
