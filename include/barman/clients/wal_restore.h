#pragma once
#include "barman/usage/help.h"

namespace barman::clients {

// barman-wal-restore [options] BARMAN_HOST SERVER_NAME WAL_NAME WAL_DEST: PostgreSQL's restore_command. Fetches a WAL
// file from 'barman get-wal' on the Barman host through ssh (formats.md 14.3 and 14.4). Returns the exit status: 0
// WAL_DEST is complete, 2 usage, no connection or local problem, 3 WAL_DEST cannot be written, else the status of the
// remote command.
int wal_restore(int argc, char** argv);

usage::ManualPage wal_restore_manual();
std::vector<usage::OptionSpec> wal_restore_options();

}  // namespace barman::clients
