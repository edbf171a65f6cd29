#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/fs/host.h"

namespace barman::restore {

// The archives that pg_basebackup --format=tar left in a directory: base.tar[.gz|.lz4|.zst], {oid}.tar[...], each with
// .gpg at its end when it is encrypted; and backup_manifest, always as it is.
class PackedBackup {
 public:
  // `entries`: the names in `directory`. Throws Error(corrupt) when base.tar* is missing.
  PackedBackup(std::string directory, const catalog::BackupInfo& backup, std::vector<std::string> entries);
  const std::string& directory() const { return directory_; }
  const std::string& compression() const { return compression_; }  // "none": only archived
  bool encrypted() const { return encrypted_; }
  std::string base_archive() const { return archive("base"); }
  std::string tablespace_archive(std::int64_t oid) const { return archive(std::to_string(oid)); }
  std::string manifest() const { return directory_ + "/backup_manifest"; }

 private:
  std::string archive(std::string_view stem) const;
  std::string directory_;
  std::string compression_;
  bool encrypted_;
  std::vector<std::string> entries_;
};

// argv of tar that unpacks `archive` ("-": its input) into `directory`.
std::vector<std::string> tar_argv(std::string_view compression, const std::string& archive,
                                  const std::string& directory, const std::vector<std::string>& exclude);

// Runs it on `host`, where both paths are. Throws Error(remote) with tar's own text.
void unpack(const PackedBackup& packed, const std::string& archive, const std::string& directory,
            const std::vector<std::string>& exclude, fs::Host& host);

}  // namespace barman::restore
