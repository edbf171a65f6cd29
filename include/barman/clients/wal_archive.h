#pragma once
#include "barman/usage/help.h"

namespace barman::clients {

// barman-wal-archive [options] BARMAN_HOST SERVER_NAME WAL_PATH: PostgreSQL's archive_command. Sends a WAL file to
// 'barman put-wal' on the Barman host through ssh (formats.md 14.1 and 14.2). Returns the exit status: 0 the file is in
// Barman's hands, 2 usage or local problem, 3 no connection, else the status of the remote command.
int wal_archive(int argc, char** argv);

usage::ManualPage wal_archive_manual();
std::vector<usage::OptionSpec> wal_archive_options();

}  // namespace barman::clients
