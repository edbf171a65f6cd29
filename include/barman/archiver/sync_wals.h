#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "barman/catalog/sync_info.h"
#include "barman/catalog/xlogdb.h"
#include "barman/server/server_context.h"

namespace barman::archiver {

// Files of the primary's list that may still have to be copied: those behind the point reached, and those before it
// that a backup may need, from `needed_from` on: parallel deliveries reach an index out of order. Which of them are
// archived already is for the index to say. Pure; refuses names that are no WAL file's with Error(corrupt).
std::vector<catalog::WalEntry> wals_to_copy(const catalog::PrimaryInfo& primary,
                                            const std::optional<catalog::SyncPoint>& reached,
                                            std::string_view needed_from);

// Whether an answer about what comes behind `from` leaves nothing out. The primary lists names that are higher, so a
// file that reached it late is missing once a higher one has followed it: then its index has grown by more than the
// lines listed. `line_at_from`: bytes of the line at from.position, with its newline. Pure.
bool lists_all_since(const catalog::PrimaryInfo& primary, const catalog::SyncPoint& from, std::int64_t line_at_from);

// Copies what the primary has and this archive does not (algorithms.md 17.5): files first, synced and of the size that
// the primary reports, then their lines, then the point reached. Killed anywhere, the next run completes it: a file
// without its line is copied again, a line that is there is not written twice. Throws what went wrong.
void sync_wals(ServerContext& server);

}  // namespace barman::archiver
