#pragma once
#include "barman/archiver/archive_wal.h"
#include "barman/exec/local_runner.h"
#include "fakes/notifier.h"
#include "unit/archive/archive_fixture.h"

namespace barman::archiver {

using archive::w1;
using archive::w2;
using archive::w3;
using archive::w4;
using archive::whole_segment;

// The same server, and who archives on it.
class ArchiverFixture : public archive::ArchiveFixture {
 protected:
  Archiving archiving(archive::WalArchive& archive) {
    return {.config = config,
            .locks = locks,
            .archive = archive,
            .notifier = notifier,
            .local = runner,
            .configuration_file = configuration_file};
  }
  std::size_t archive(Say say = Say::everything) {
    archive::WalArchive archive = wal_archive();
    return archive_wal(archiving(archive), say);
  }

  fakes::RecordingNotifier notifier;
  exec::LocalRunner runner;
  std::string configuration_file = "/etc/barman.conf";
};

}  // namespace barman::archiver
