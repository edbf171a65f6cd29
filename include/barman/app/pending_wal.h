#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "barman/app/server.h"
#include "barman/archiver/archive_wal.h"

namespace barman::app {

// Moves what has arrived in incoming/ and streaming/ into the archive. Returns how many files.
std::size_t archive_wal(Server& server, archiver::Say say);

// The same as other commands do it on their way: nothing is said unless there is something to archive, and nothing
// happens while another archive-wal runs.
void archive_pending_wal(Server& server);

// archiver::wait_for_wal for this server.
bool wait_for_wal(Server& server, const std::optional<std::string>& wal, std::chrono::seconds timeout);

}  // namespace barman::app
