#pragma once
#include "barman/app/server.h"

namespace barman::app {

// Moves what has arrived in incoming/ and streaming/ into the archive, as other commands do on their way: nothing is said
// unless there is something to archive, and nothing happens while another archive-wal runs.
void archive_pending_wal(Server& server);

}  // namespace barman::app
