#pragma once
#include <optional>
#include <string>
#include <vector>

#include "barman/app/check.h"
#include "barman/config/configuration.h"
#include "barman/report/survey.h"

namespace barman::app {

struct SurveyRequest {
  std::vector<const config::ServerConfig*> servers;
  bool check = false;  // servers are asked, too: what `check` finds, and what PostgreSQL keeps for us
  CheckTimeout timeout{};
};

// Looks at the files of this machine, changes none, and asks nobody unless that is requested. What cannot be found out
// about a server is among its problems, and keeps nothing else from being said.
report::Survey survey(const config::GlobalConfig& global, const SurveyRequest& request);

// When cron last came to its end, and how long it took, in a file of our own, barman_home/.cron-last-run, which Barman
// ignores. std::nullopt: it never did, or the file says nothing.
std::optional<report::CronRun> last_cron_run(const config::GlobalConfig& global);
// Whoever cannot write it is not kept from anything: that is logged.
void remember_cron_run(const config::GlobalConfig& global, const report::CronRun& run);

// The content of that file: the end in seconds since 1970 with microseconds, a blank, the duration in seconds.
std::string to_text(const report::CronRun& run);
std::optional<report::CronRun> parse_cron_run(std::string_view text);

}  // namespace barman::app
