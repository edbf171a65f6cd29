#pragma once
#include <vector>

#include "barman/report/state_report.h"

namespace barman::app {

// What of a server can be restored, earliest first. Where no commit is known, the end of the WAL is when it was
// written, and the beginning the end of the backup. Pure.
std::vector<report::Stretch> stretches_of(const report::SurveyedServer& server);

// How long they are together: what several of them reach, from two timelines or backups, counts once.
double seconds_of(const std::vector<report::Stretch>& stretches);

}  // namespace barman::app
