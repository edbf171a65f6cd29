#pragma once
#include <chrono>
#include <optional>

namespace barman {

// The moment at which something must be over, or is given up with Error(timeout); std::nullopt: no limit.
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

}  // namespace barman
