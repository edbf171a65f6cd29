#pragma once
#include "barman/app/server.h"
#include "barman/archive/wal_archive.h"
#include "barman/backup/deletion.h"
#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/xlogdb.h"
#include "barman/exec/local_runner.h"
#include "barman/fs/lock_file.h"

namespace barman::app {

// Does `work` with the Deletion of this server, and returns what that returns.
template <typename Work>
auto with_deletion(Server& server, Work work) {
  const hooks::Hooks hooks(server.config(), server.global().file, server.local());
  backup::Deletion deletion({.config = server.config(),
                             .locks = server.locks(),
                             .catalog = server.backups(),
                             .annotations = server.annotations(),
                             .archive = server.archive(),
                             .hooks = hooks,
                             .notifier = server.notifier()});
  return work(deletion);
}

}  // namespace barman::app
