#include "hooked.h"

#include <fmt/core.h>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/python_repr.h"
#include "barman/hooks/hooks.h"

namespace barman::archiver {

std::string duplicate_error(archive::PreparedWal::Kind kind, const catalog::WalEntry& entry) {
  const auto word = [](const std::optional<std::string>& text) {
    return text ? python_repr(*text) : std::string("None");
  };
  return fmt::format("{}:WalFileInfo(compression={}, encryption={}, name={}, size={}, time={})",
                     kind == archive::PreparedWal::Kind::archived ? "MatchingDuplicateWalFile" : "DuplicateWalFile",
                     word(entry.compression), word(entry.encryption), python_repr(entry.name), entry.size,
                     python_repr(entry.time));
}

bool archive_with_hooks(ServerContext& server, archive::PreparedWal wal,
                        const std::function<Archived(archive::PreparedWal& wal)>& archive) {
  const hooks::Hooks& scripts = server.hooks();
  const std::string name = wal.name, target = wal.target;
  Archived outcome{.described = wal.delivered};
  std::string aborted_by;
  std::exception_ptr failure;
  try {
    scripts.run_pre(hooks::Operation::archive, hooks::wal_variables(wal.source, wal.delivered));
    outcome = archive(wal);
  } catch (const hooks::Aborted& aborted) {
    outcome.error = aborted.what();
    outcome.go_on = false;
    aborted_by = aborted.option();
  } catch (const Error& failed) {
    outcome.error = failed.what();
    failure = std::current_exception();
  }
  scripts.run_post(hooks::Operation::archive, hooks::wal_variables(target, outcome.described, outcome.error));
  if (failure) std::rethrow_exception(failure);
  if (!aborted_by.empty())
    log::warning("barman.wal_archiver", "Archiving of {}/{} aborted by {}.Reason: {}", server.config().name, name,
                 aborted_by, outcome.error);
  return outcome.go_on;
}

}  // namespace barman::archiver
