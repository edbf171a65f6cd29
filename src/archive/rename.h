#pragma once
#include <string>

namespace barman::archive {

// Gives `from` the name `to` unless something has it: false then. Error(io) otherwise; `crossed` (if given) is set
// instead of throwing when the two are on different file systems.
bool rename_to_free_name(const std::string& from, const std::string& to, bool* crossed = nullptr);

// Makes `to` a second name of the file `from`. False when something has that name. `unable` is set when this file
// system or its permissions do not allow links.
bool link_to_free_name(const std::string& from, const std::string& to, bool& unable);

}  // namespace barman::archive
