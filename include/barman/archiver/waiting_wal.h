#pragma once
#include <optional>
#include <string>
#include <vector>

#include "barman/archiver/archive_plan.h"

namespace barman::archiver {

// What waits in a directory, each judged by its first bytes: a copy that is under way, or was cut short, is not fit to
// be archived (yet). Links are nobody's WAL, wherever they lead.
std::vector<Waiting> list_waiting(Origin origin, const std::string& directory);

// Why the file at `path` must not be archived as `name` now; std::nullopt: it may be. Also when it is gone.
std::optional<std::string> unfit_to_archive(Origin origin, const std::string& path, const std::string& name);

}  // namespace barman::archiver
