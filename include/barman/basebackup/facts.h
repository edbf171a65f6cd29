#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "barman/catalog/backup_info.h"
#include "barman/postgres/server.h"
#include "barman/wal/segment.h"

// What every base backup asks of PostgreSQL, whatever copies it, and how its entry says it.
namespace barman::basebackup {

// Where the cluster lies, its files of configuration and its version. Throws Error(postgres) when the user may not
// know.
void collect_location(catalog::BackupInfo& info, postgres::Server& postgres);
// Its tablespaces, each with a line in the log, and what its files are like.
void collect_tablespaces(catalog::BackupInfo& info, postgres::Server& postgres, std::string_view logger);

void set_begin(catalog::BackupInfo& info, Lsn lsn, std::uint32_t timeline, const Timestamp& time);
// On the boundary between two segments the end is in the one that ends there, as PostgreSQL sees it: nothing of the
// other one is needed, and while nothing is written it is not archived.
void set_end(catalog::BackupInfo& info, Lsn lsn, std::uint32_t timeline, const Timestamp& time);

// "0/37000028 (000000010000000000000037, 00000028)".
std::string describe_begin(const catalog::BackupInfo& info);
std::string describe_end(const catalog::BackupInfo& info);

// "15", or "9.6" before 10: as PostgreSQL names its directory in a tablespace, "PG_15_…".
std::string major_version_text(const catalog::BackupInfo& info);

// What the operator sees of the parts of a backup that cannot be counted.
inline constexpr std::string_view waiting_for_checkpoint = "waiting for PostgreSQL's checkpoint";
inline constexpr std::string_view waiting_for_archiver = "waiting for PostgreSQL to archive the last WAL";
// How to shorten the first; nothing when it is as short as it can be.
std::string_view checkpoint_advice(bool immediate_checkpoint);

}  // namespace barman::basebackup
