#pragma once
#include "barman/app/backup_reports.h"

namespace barman::app {

// list_backups() of the catalogue that is here, whatever a second copy may hold.
report::BackupList list_local_backups(ServerContext& server, bool minimal, const ReportError& report_error);

}  // namespace barman::app
