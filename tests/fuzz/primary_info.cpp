// The answer of a primary node's sync-info, as a passive node reads it.
#include "barman/catalog/sync_info.h"
#include "fuzz.h"

namespace barman::fuzz {
namespace {

void try_backup(const std::string& id, const catalog::BackupInfo& backup) {
  require(catalog::is_safe_backup_id(id) && backup.backup_id == id, "a backup id is a file name", id);
  const std::string written = catalog::serialize(backup);
  std::string again;
  require(accepts([&] { again = catalog::serialize(catalog::parse_backup_info(written, "backup.info", id)); }),
          "what a passive node writes it can read", written);
  require(again == written, "backup.info round-trips", written);
}

void try_wal(const catalog::WalEntry& wal) {
  const std::string line = catalog::serialize(wal);
  require(line.find('\n') == line.size() - 1, "a file is one line of the index", line);
  catalog::WalEntry again;
  require(accepts([&] { again = catalog::parse_wal_entry(std::string_view(line).substr(0, line.size() - 1)); }),
          "what a passive node adds to its index it can read", line);
  require(again.name == wal.name && again.size == wal.size && again.compression == wal.compression &&
              again.encryption == wal.encryption,
          "a line of the index round-trips", line);
}

}  // namespace

void one_input(std::string_view bytes) {
  try {
    const catalog::PrimaryInfo info = catalog::parse_primary_info(bytes);
    require(info.last_position >= 0, "a position is not negative");
    for (const auto& [id, backup] : info.backups) try_backup(id, backup);
    for (const catalog::WalEntry& wal : info.wals) try_wal(wal);
  } catch (const Error& error) {
    require_place(error, "sync-info");
  }
}

}  // namespace barman::fuzz
