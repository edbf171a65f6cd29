#pragma once
#include <string>
#include <string_view>

namespace barman::archiver {

// Moves `path` to {errors}/{name}.{UTC stamp}.{suffix} durably, never over something that is there (the stamp is
// moved on instead). Across file systems files are copied and synced first. Returns the new path.
std::string move_to_errors(const std::string& path, const std::string& errors_directory, std::string_view name,
                           std::string_view suffix);

}  // namespace barman::archiver
