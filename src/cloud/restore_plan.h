#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/cloud/layout.h"
#include "barman/codec/format.h"
#include "barman/store/object_store.h"

namespace barman::cloud {

// One archive and how it is stored.
struct StoredArchive {
  std::string key;
  std::uint64_t size = 0;
  std::optional<codec::Algorithm> compression;
};

// The archives of one name, in order, and where what is in them goes.
struct ArchiveChain {
  std::string name;  // "data" or an OID
  std::string destination;
  std::vector<StoredArchive> archives;
  std::uint64_t size() const;
};

// A tablespace whose place has been decided.
struct RestoredTablespace {
  std::string name;
  std::int64_t oid = 0;
  std::string location;
};

struct RestorePlan {
  std::vector<ArchiveChain> chains;  // data first
  std::vector<RestoredTablespace> tablespaces;
  std::uint64_t size() const;
};

// `objects`: everything below the backup's prefix. Throws Error(not_found) "Missing file {BASE}.* for server {S}" for
// an archive that is not there, also in between; Error(corrupt) for one that is there twice or stored in an unknown
// way, Error(usage) for a rule about a tablespace that the backup does not have, Error(refused) for a backup that
// is not whole or no copy of files.
RestorePlan plan_restore(const catalog::BackupInfo& backup, const Layout& layout,
                         const std::vector<store::Object>& objects, const std::string& destination,
                         const std::map<std::string, std::string>& relocations);

}  // namespace barman::cloud
