#pragma once
#include "barman/cloud/place.h"
#include "barman/config/server_config.h"
#include "barman/report/notifier.h"
#include "ledger.h"

namespace barman::cloud_copy {

// Deletes from the copy what its own policy calls obsolete, and the WAL that none of the others needs, by the rules of
// barman-cloud-backup-delete. The store is asked again what it has: somebody may have kept a backup there. With
// aws_check_object_lock a backup that is locked stays, with its WAL and what it is based on, and keeps no other from
// going; returned is then when to look again.
std::optional<Timestamp> enforce_retention(const config::ServerConfig& config, const cloud::Place& place,
                                           Ledger& ledger, Notifier& notifier);

}  // namespace barman::cloud_copy
