#pragma once
#include <set>
#include <string>

#include "barman/report/cloud_copy.h"
#include "barman/report/progress.h"
#include "barman/server/server_context.h"

// The second copy of a server's catalogue in an object store (docs/reference/cloud.md, section 10).
namespace barman::cloud_copy {

// Copies what is due, in order: the WAL that a backup needs, its archives, its entry; at last the rest of the WAL; then
// deletes from the copy what its own policy calls obsolete. What is in the copy already is not sent again. Reports what
// it does. Does nothing but say so while another run is under way. Throws Error; the next run continues.
void copy(ServerContext& server, Progress& progress);

// Whether a run of cron has to start one: there is something to do, none is under way, and the last one did not fail a
// moment ago. Looks only at this machine.
bool is_due(ServerContext& server, const Timestamp& now);

// How far the copy is, from what is known here; nothing is asked of the store.
report::CloudCopy standing(ServerContext& server);

// Ids of the backups that are in it, as far as is known here.
std::set<std::string> copied_backups(const config::ServerConfig& config);

}  // namespace barman::cloud_copy
