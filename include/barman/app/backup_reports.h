#pragma once
#include <functional>
#include <string>

#include "barman/core/error.h"
#include "barman/report/backups.h"
#include "barman/report/long_list.h"
#include "barman/server/server_context.h"

// What there is to know about the backups of one server. A backup is named by its id, its name or a shortcut; those
// that cannot be found are Error(not_found).
namespace barman::app {

using ReportError = std::function<void(const Error&)>;

// Entries that cannot be read and damage of the WAL index go to `report_error`; everything else is listed.
report::BackupList list_backups(ServerContext& server, bool minimal, const ReportError& report_error);

// The same of the catalogue that is here, with how long each backup stays and its last drill. Asks nobody else.
report::LongBackupList list_backups_long(ServerContext& server, const ReportError& report_error);

// The same: what cannot be found out goes to `report_error`.
report::BackupDetails describe_backup(ServerContext& server, const std::string& backup,
                                      const ReportError& report_error);

enum class FileTarget { standalone, data, wal, full };

// Absolute paths, in the order of list-files. Damage of the WAL index throws.
void list_files(ServerContext& server, const std::string& backup, FileTarget target, bool empty_directories,
                const std::function<void(const std::string&)>& visit);

report::KeepStatus keep_status(ServerContext& server, const std::string& backup);

}  // namespace barman::app
