#pragma once
#include "barman/core/unique_fd.h"
#include "barman/web/listener.h"

namespace barman::web {

// A socket that listens on the address, and the port that it got. Throws Error(io).
UniqueFd listen_on(Address& address);

}  // namespace barman::web
