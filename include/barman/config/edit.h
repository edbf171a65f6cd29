#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "barman/config/change.h"
#include "barman/config/edit.h"

namespace barman::config {

// `text` of a configuration file with one option set: the last line that gives it in that section is replaced with its
// continuation lines, else a line is added at the end of the section, else the section at the end of the file.
// Everything else stays as it is.
std::string set_option(std::string_view text, std::string_view section, std::string_view key, std::string_view value);

// Files by path as they look afterwards. Only a missing .barman.auto.conf (`may_be_missing`) is made.
using FileTexts = std::map<std::string, std::string>;
FileTexts edited_files(const std::vector<SectionChange>& changes, const std::string& may_be_missing);

// Replaces the file (the one that a link leads to) durably, keeping its owner and mode. Atomically, except where only
// the file and not its directory is ours to write: there it is overwritten in place.
void write_configuration_file(const std::string& path, std::string_view text);

}  // namespace barman::config
