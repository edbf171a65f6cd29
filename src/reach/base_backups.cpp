#include <fmt/core.h>

#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/backup_chain.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "barman/reach/known_wal.h"

namespace barman::reach {

namespace {

// std::nullopt where the entry does not say where it begins and ends.
std::optional<recovery::BaseBackup> begin_and_end(ServerContext& server, const catalog::BackupInfo& backup) {
  const auto begin = parse_lsn(backup.begin_xlog.value_or("")), end = parse_lsn(backup.end_xlog.value_or(""));
  if (!begin || !end || !backup.timeline) return std::nullopt;
  return recovery::BaseBackup{
      .id = backup.backup_id,
      .timeline = static_cast<std::uint32_t>(*backup.timeline),
      .begin = *begin,
      .end = *end,
      .standalone = server.annotations().keep(backup.backup_id) == catalog::KeepTarget::standalone};
}

// Why nothing can be restored from it; a chain of incremental ones needs the manifests of its members, too.
std::optional<std::string> problem_of(const catalog::BackupCatalog& catalog, const catalog::BackupInfo& backup) {
  const catalog::BackupChain chain = catalog::chain_of(catalog, backup);
  const bool is_chain = backup.type() == catalog::BackupType::incremental;
  auto problem = catalog::problem_of(catalog, chain, is_chain ? catalog::Look::files : catalog::Look::entries);
  if (problem || is_chain || catalog.elsewhere() || backup.type() == catalog::BackupType::snapshot) return problem;
  const std::string data = catalog.data_directory(backup.backup_id);
  if (fs::is_directory(data)) return std::nullopt;
  return fmt::format("the files of backup {} are gone: there is no '{}'", backup.backup_id, data);
}

constexpr const char* says_no_place = "its entry does not say where it begins and ends in the WAL";

}  // namespace

std::vector<recovery::BaseBackup> base_backups(ServerContext& server, std::vector<Unusable>* why_not) {
  const catalog::BackupCatalog& catalog = server.backups();
  std::vector<recovery::BaseBackup> usable;
  const auto leave_out = [&](const std::string& id, std::string reason) {
    if (why_not != nullptr) why_not->push_back({id, std::move(reason)});
  };
  for (const auto& [id, backup] : catalog.all()) {
    if (const auto problem = problem_of(catalog, backup)) {
      leave_out(id, *problem);
    } else if (auto base = begin_and_end(server, backup)) {
      usable.push_back(std::move(*base));
    } else {
      leave_out(id, says_no_place);
    }
  }
  for (const auto& [id, error] : catalog.unreadable()) leave_out(id, error.what());
  return usable;
}

recovery::BaseBackup base_backup(ServerContext& server, const std::string& id) {
  if (const catalog::BackupInfo* backup = server.backups().find(id))
    if (auto base = begin_and_end(server, *backup)) return *base;
  throw Error(Errc::corrupt, fmt::format("backup {}: {}", id, says_no_place));
}

}  // namespace barman::reach
