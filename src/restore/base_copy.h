#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/fs/host.h"
#include "barman/restore/restore.h"
#include "placement.h"

namespace barman::restore {

// Puts the base backup where it belongs: destination and tablespace directories made (0700) and proven writable, files
// copied or, for a compressed backup, unpacked, links in pg_tblspc made.
void place_base_backup(const RestoreRequest& request, const catalog::BackupInfo& backup,
                       const std::vector<PlacedTablespace>& tablespaces, const std::optional<Timestamp>& safe_horizon,
                       const RestoreRun& run);

// The archives that pg_basebackup --format=tar left in a directory: base.tar[.gz|.lz4|.zst], {oid}.tar[...],
// backup_manifest.
class PackedBackup {
 public:
  // `entries`: the names in `directory`. Throws Error(corrupt) when base.tar* is missing.
  PackedBackup(std::string directory, std::string compression, std::vector<std::string> entries);
  const std::string& directory() const { return directory_; }
  const std::string& compression() const { return compression_; }
  std::string base_archive() const { return archive("base"); }
  std::string tablespace_archive(std::int64_t oid) const { return archive(std::to_string(oid)); }
  std::string manifest() const { return directory_ + "/backup_manifest"; }

 private:
  std::string archive(std::string_view stem) const;
  std::string directory_;
  std::string compression_;
  std::vector<std::string> entries_;
};

// argv of tar that unpacks `archive` into `directory`.
std::vector<std::string> tar_argv(std::string_view compression, const std::string& archive,
                                  const std::string& directory, const std::vector<std::string>& exclude);

// Runs it on `host`, where both paths are. Throws Error(remote) with tar's own text.
void unpack(const PackedBackup& packed, const std::string& archive, const std::string& directory,
            const std::vector<std::string>& exclude, fs::Host& host);

}  // namespace barman::restore
