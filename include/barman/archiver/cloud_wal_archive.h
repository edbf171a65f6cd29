#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "barman/server/server_context.h"

namespace barman::archiver {

// Archives the file at `path`, which stays where it is, for it is PostgreSQL's: when this returns, it is in the object
// store and listed in the index. With `parallel` of two and more, those of the following segments that PostgreSQL has
// marked as ready are archived at the same time, up to so many files in all; what goes wrong with them is a warning,
// and they are asked for again. Such a file, unchanged since, is looked up in the store when its turn comes; any other
// file that is there already is compared. Throws Error(refused) where other content is archived under the name.
void cloud_wal_archive(ServerContext& server, const std::string& path, std::int64_t parallel);

// Of the segments that follow the one at `path`, those that PostgreSQL waits to have archived, up to the first that it
// does not; at most `most`.
std::vector<std::string> ready_after(const std::string& path, std::size_t most);

}  // namespace barman::archiver
