#pragma once
#include <optional>
#include <string>
#include <vector>

#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/backup_chain.h"

namespace barman::restore {

// What one restore is made of: the backup that was asked for comes last, preceded by the backups that it was taken
// from, the full one first (catalog::BackupChain). A backup that depends on no other is a chain of its own. Never
// empty.
using Chain = std::vector<const catalog::BackupInfo*>;

// Throws Error(refused) with the member that is missing or not DONE, has lost its data or manifest or has another
// system's, or is not what the next one was taken from; Error(corrupt) if a compressed one lacks one of its archives.
// Reads no data, and of what is in an object store nothing but the entries.
void require_whole(const catalog::BackupChain& chain, const catalog::BackupCatalog& backups);

// Why `child` cannot have been taken on top of `parent`, by what both entries say; nullopt: it can.
std::optional<std::string> mismatch(const catalog::BackupInfo& parent, const catalog::BackupInfo& child);

bool is_packed(const catalog::BackupInfo& backup);  // in tar archives, compressed or not
bool is_plain(const Chain& chain);                  // one backup, as files
bool any_encrypted(const Chain& chain);
bool any_packed(const Chain& chain);
// A page of a member without checksums may end up in a cluster that verifies them.
bool gained_checksums(const Chain& chain);

}  // namespace barman::restore
