#include "barman/app/catalog.h"
#include "barman/backup/deletion.h"

namespace barman::app {

bool delete_backup(Server& server, const std::string& id) {
  const hooks::Hooks hooks(server.config(), server.global().file, server.local());
  return backup::Deletion({server.config(), server.locks(), server.backups(), server.annotations(), server.xlogdb(),
                           hooks, server.notifier()})
      .delete_backup(id);
}

}  // namespace barman::app
