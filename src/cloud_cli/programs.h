#pragma once
#include <memory>

#include "command.h"

// What each of the programs is made by; the table is in programs.cpp.
namespace barman::cloud::cli {

std::unique_ptr<Command> backup_command();
std::unique_ptr<Command> backup_delete_command();
std::unique_ptr<Command> backup_keep_command();
std::unique_ptr<Command> backup_list_command();
std::unique_ptr<Command> backup_show_command();
std::unique_ptr<Command> check_wal_archive_command();
std::unique_ptr<Command> restore_command();
std::unique_ptr<Command> wal_archive_command();
std::unique_ptr<Command> wal_restore_command();

}  // namespace barman::cloud::cli
