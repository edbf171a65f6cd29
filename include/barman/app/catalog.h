#pragma once
#include <functional>
#include <string>

#include "barman/app/server.h"
#include "barman/core/error.h"
#include "barman/report/catalog.h"

// What the commands about the backup catalogue compute.
namespace barman::app {

using TellError = std::function<void(const Error&)>;

// Entries that cannot be read and damage of the WAL index go to `tell`; everything else is listed.
report::BackupList list_backups(Server& server, bool minimal, const TellError& tell);

report::BackupDetails describe_backup(Server& server, const catalog::BackupInfo& backup, const TellError& tell);

enum class FileTarget { standalone, data, wal, full };

// Absolute paths, in the order of list-files. Damage of the WAL index throws.
void list_files(Server& server, const catalog::BackupInfo& backup, FileTarget target, bool empty_directories,
                const std::function<void(const std::string&)>& visit);

// `barman delete`. False: not deleted, and why has been told.
bool delete_backup(Server& server, const std::string& id);

}  // namespace barman::app
