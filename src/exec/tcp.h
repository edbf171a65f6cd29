#pragma once
#include <sys/types.h>

#include <chrono>
#include <string>

#include "barman/core/unique_fd.h"

namespace barman::exec {

// Waits until `fd` is ready for `events`, a signal arrives (Interrupted) or the time is over (false).
bool wait_ready(int fd, short events, std::chrono::steady_clock::time_point until);

// A connected socket to the first address of the host that answers. On failure an invalid one and a text in `why`.
// address_family: any, inet, inet6.
UniqueFd connect_tcp(const std::string& host, int port, const std::string& address_family,
                     std::chrono::steady_clock::time_point until, std::string& why);

// Lets the kernel find out that the other side is gone.
void set_keepalive(int fd, int interval_seconds, int count);

}  // namespace barman::exec
