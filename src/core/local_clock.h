#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "calendar.h"

namespace barman {

// Seconds east of UTC in the local zone at an instant.
std::int32_t local_offset_at(std::int64_t micros);

// The offsets with which the local clock shows `civil`, the one of the earliest instant first: none where it is
// skipped, two where it is repeated. With a name only those that the zone calls so.
std::vector<std::int32_t> local_offsets_of(const CivilTime& civil, std::string_view name = {});

// The largest offset around `civil`: the one to read a skipped clock reading with, which is then not taken for too
// late.
std::int32_t greatest_offset_near(const CivilTime& civil);

// What the local zone means by `name` at the time nearest to `civil`, an earlier one first, within ten years.
std::optional<std::int32_t> local_offset_named(std::string_view name, const CivilTime& civil);

}  // namespace barman
