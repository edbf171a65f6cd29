#pragma once
#include "barman/usage/help.h"

namespace barman::clients {

// barman-gatekeeper, the forced command of a PostgreSQL host's key in authorized_keys: it takes the place of the shell
// that sshd would start, and of all commands runs only those of barman-wal-archive and barman-wal-restore, for the
// servers it is given. Does not return when a command is allowed: this process becomes barman. 2: its own command line
// is wrong; 126: refused, or barman cannot be run.
int gatekeeper(int argc, char** argv);

usage::ManualPage gatekeeper_manual();

}  // namespace barman::clients
