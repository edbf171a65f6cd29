#pragma once
#include <cstdint>
#include <string>

#include "barman/archive/wal_archive.h"
#include "barman/report/notifier.h"
#include "barman/wal/segment.h"

namespace barman::archiver {

// Receives WAL files as a tar stream with SHA256SUMS or MD5SUMS and puts them into incoming/ (formats.md 14.1). A file
// gets its name only after its checksum was found right and its content synced; when this returns, the directory is
// synced too. Nothing that is already in incoming/ is ever replaced. On a failure no temporary file stays.
//
// `sender` is added to messages (" (SSH host: 192.0.2.1)"). Throws Error(refused) with Barman's text for a wrong
// member, name or checksum, Error(corrupt) for a damaged stream.
void put_wal(const archive::WalArchive& archive, Notifier& notifier, int input, const std::string& sender);

// What a PostgreSQL host may hand over under the name of a WAL file, judged without decompressing it.

// In bytes: a segment of the largest size that a compression has made no smaller, and what no history file or backup
// label reaches.
std::uint64_t largest_delivery(WalKind kind);

}  // namespace barman::archiver
