#pragma once
#include <string>

#include "barman/catalog/backup_info.h"
#include "barman/cloud/place.h"
#include "barman/report/progress.h"
#include "barman/server/server_context.h"
#include "ledger.h"
#include "wal_copy.h"

namespace barman::cloud_copy {

enum class BackupOutcome { copied, busy, gone };

// Copies a finished backup whose WAL is in the copy: its archives, each once; and when all of them are there, as they
// were sent, its keep and its entry. Its own lock is held meanwhile, so that nobody deletes what is read. WAL that
// arrives is copied in between.
BackupOutcome copy_backup(ServerContext& server, const cloud::Place& place, Ledger& ledger, WalCopy& wal,
                          const std::string& id, Progress& progress);

// Puts the entry of a backup, or another keep.
void put_entry(const cloud::Place& place, Ledger& ledger, const std::string& id, const std::string& text);
void put_keep(const cloud::Place& place, Ledger& ledger, const std::string& id,
              std::optional<catalog::KeepTarget> keep);

// Takes back what an upload left of backups that will not be copied any more.
void drop_unfinished(const cloud::Place& place, Ledger& ledger, const std::vector<std::string>& wanted);

}  // namespace barman::cloud_copy
