#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "barman/report/restore.h"

namespace barman::restore {

using report::ReportedSetting;

// A configuration file made safe for a restored cluster (algorithms.md 15.6).
struct EditedConfiguration {
  std::string text;
  std::vector<ReportedSetting> changes;  // archive_command and recovery targets neutralised
};

// Comments out what would harm, appends `settings` after an empty line. Keys are compared as PostgreSQL does, in any
// case.
EditedConfiguration make_safe(std::string_view file, std::string_view text, const std::vector<std::string>& settings);
// Settings that point outside the cluster and want a look.
std::vector<ReportedSetting> dangerous_settings(std::string_view file, std::string_view text);

}  // namespace barman::restore
