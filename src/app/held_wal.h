#pragma once
#include <vector>

#include "barman/config/configuration.h"
#include "barman/report/survey.h"

namespace barman::app {

// Asks the PostgreSQL of each server what it keeps for us, several at a time, and puts the answers to them. One that
// does not answer has none: whether it can be reached is what the checks say.
void hold_by_servers(const config::GlobalConfig& global, const std::vector<const config::ServerConfig*>& servers,
                     std::vector<report::SurveyedServer>& answers);

}  // namespace barman::app
