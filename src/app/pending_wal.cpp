#include "barman/app/pending_wal.h"

#include "barman/archiver/wait_for_wal.h"

namespace barman::app {
namespace {

// The index is not taken from the server: that one is made sure to exist, which is needed only once there is something
// to archive.
template <typename Work>
auto with_archiving(Server& server, Work work) {
  catalog::XlogDb index(server.config(), server.locks());
  return work(archiver::Archiving{.config = server.config(),
                                  .locks = server.locks(),
                                  .xlogdb = index,
                                  .notifier = server.notifier(),
                                  .local = server.local(),
                                  .configuration_file = server.global().file});
}

}  // namespace

std::size_t archive_wal(Server& server, archiver::Say say) {
  return with_archiving(server, [&](const archiver::Archiving& with) { return archiver::archive_wal(with, say); });
}

void archive_pending_wal(Server& server) { archive_wal(server, archiver::Say::what_is_done); }

bool wait_for_wal(Server& server, const std::optional<std::string>& wal, std::chrono::seconds timeout) {
  return with_archiving(server,
                        [&](const archiver::Archiving& with) { return archiver::wait_for_wal(with, wal, timeout); });
}

}  // namespace barman::app
