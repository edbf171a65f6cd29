#pragma once
#include <map>
#include <string>

#include "barman/app/server.h"
#include "barman/catalog/retention.h"

namespace barman::app {

// Empty when the server has no retention policy.
std::map<std::string, catalog::RetentionStatus> retention_of(Server& server);

}  // namespace barman::app
