#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace barman::report {

// What `delete --dry-run` says. Sizes are bytes.
struct DeletionPreview {
  std::string server, backup_id;
  std::optional<std::string> refusal;  // why nothing would be deleted; then the rest is what it would have been
  struct Backup {
    std::string id, status;
    std::int64_t size = 0;  // without what it shares with others, and without WAL
  };
  std::vector<Backup> backups;  // in the order in which they would go: whoever is on top of another one before it
  struct Wal {
    std::int64_t files = 0, size = 0;
    std::optional<std::string> first, last;  // names in order
  };
  Wal wal;
  std::vector<std::string> warnings;
};

}  // namespace barman::report
