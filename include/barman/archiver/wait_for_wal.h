#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "barman/archiver/archive_wal.h"

namespace barman::archiver {

// Archives again and again until `wal` is in the archive or, without a name, until the latest WAL of any timeline is
// another one (algorithms.md 9.2). `timeout` 0: for ever. Says what it waits for; a timeout is an error when a name was
// given. False after a timeout; a signal throws Interrupted.
bool wait_for_wal(const Archiving& with, const std::optional<std::string>& wal, std::chrono::seconds timeout);

}  // namespace barman::archiver
