#pragma once
#include <chrono>
#include <memory>

#include "barman/http/transport.h"
#include "barman/store/open.h"

namespace barman::store {

// To the store itself. `ca_bundle`: as TransportOptions has it.
std::unique_ptr<http::Transport> transport_to_store(const Settings& settings, const std::string& ca_bundle = {});

// To services on this machine or beside it that give out credentials: without a proxy, and given up soon, since they
// are asked wherever nothing else has credentials.
std::unique_ptr<http::Transport> transport_nearby(const http::Limits& limits, const Deadline& deadline,
                                                  const std::string& ca_bundle = {});

}  // namespace barman::store
