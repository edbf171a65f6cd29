#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "barman/wal/segment.h"

namespace barman::clients {

// Why a file of `size` bytes beginning with `head` must not be given to PostgreSQL as the WAL file `wal` of the cluster
// `system_id` (nullopt: any); std::nullopt: nothing speaks against it. Content that is no WAL of PostgreSQL as we know
// it is judged by its size alone.
std::optional<std::string> unfit_to_serve(const WalName& wal, std::string_view head, std::uint64_t size,
                                          std::optional<std::uint64_t> system_id);

// System identifier of the cluster whose pg_wal directory is going to hold `wal_destination`, from its pg_control;
// std::nullopt when there is none.
std::optional<std::uint64_t> system_id_near(const std::string& wal_destination);

}  // namespace barman::clients
