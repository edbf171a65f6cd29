#pragma once
#include <map>
#include <string>
#include <vector>

#include "barman/config/server_config.h"
#include "barman/report/check.h"

namespace barman::check {

// libpq's own words for each connection that failed, by its check.
using ConnectionErrors = std::map<report::CheckId, std::string>;

// What is wrong in the order of cause and consequence. A failed check that cannot hold while another fails is named
// there as skipped, and so are those that could not be made.
report::Explanation explain(const config::ServerConfig& config, const report::CheckReport& report,
                            const ConnectionErrors& errors, const std::vector<report::Stall>& stalls);

}  // namespace barman::check
