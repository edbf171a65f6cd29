#pragma once
#include <memory>

#include "command.h"

// What each of the programs is made by; the table is in programs.cpp.
namespace barman::cloud {

std::unique_ptr<Command> check_wal_archive_command();

}  // namespace barman::cloud
