#pragma once
#include <string>
#include <vector>

#include "option_reader.h"

namespace barman::config {

// The values of [barman]. Throws Error(config).
GlobalConfig read_global(const IniSection& section, const std::string& file);

// Unknown options of [barman] go to `warnings`. Throws Error(config) when a required one is missing.
void validate_global(const IniSection& section, std::vector<Warning>& warnings);

}  // namespace barman::config
