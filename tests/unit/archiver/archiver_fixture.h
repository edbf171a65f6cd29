#pragma once
#include "barman/archiver/archive_wal.h"
#include "fakes/notifier.h"
#include "unit/archive/archive_fixture.h"

namespace barman::archiver {

using archive::w1;
using archive::w2;
using archive::w3;
using archive::w4;

// The same server, and who archives on it.
class ArchiverFixture : public archive::ArchiveFixture {
 protected:
  ArchiverFixture() {
    global.file = "/etc/barman.conf";
    global.barman_lock_directory = path("locks");
  }
  ServerContext server() { return {global, config, notifier}; }
  std::size_t archive(Say say = Say::everything) {
    ServerContext context = server();
    return archive_wal(context, say);
  }

  fakes::RecordingNotifier notifier;
  config::GlobalConfig global;
};

}  // namespace barman::archiver
