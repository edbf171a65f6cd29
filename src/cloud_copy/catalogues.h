#pragma once
#include "barman/server/server_context.h"
#include "ledger.h"
#include "plan.h"

namespace barman::cloud_copy {

// How a ledger says which place it is about.
std::string place_words(const config::ServerConfig& config);

CopyPlan make_plan(ServerContext& server, const Ledger& ledger, const Timestamp& now);

}  // namespace barman::cloud_copy
