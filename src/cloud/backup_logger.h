#pragma once

namespace barman::cloud {

inline constexpr const char* logger = "barman.cloud";

}  // namespace barman::cloud
