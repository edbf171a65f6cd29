#pragma once

namespace barman {

inline constexpr const char* compatible_version =
    BARMAN_COMPATIBLE_VERSION;  // the Barman release we are interchangeable with
inline constexpr const char* native_version = BARMAN_NATIVE_VERSION;

}  // namespace barman
