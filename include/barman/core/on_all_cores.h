#pragma once
#include <cstddef>
#include <functional>

namespace barman {

// Does job(0) to job(count - 1), as many at a time as there are cores. The first exception (a signal is one) ends it.
void on_all_cores(std::size_t count, const std::function<void(std::size_t)>& job);

}  // namespace barman
