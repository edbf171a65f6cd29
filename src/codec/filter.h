#pragma once
#include <string>

namespace barman::codec {

// Runs a configured filter (shell text by contract) from one descriptor to another. Throws CodecFailure with the
// child's own words unless it exits with 0.
void run_filter(int input, int output, const std::string& filter);

}  // namespace barman::codec
