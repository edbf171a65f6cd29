#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "barman/cloud/wal_objects.h"
#include "barman/core/rate_limit.h"
#include "barman/fs/file.h"
#include "barman/store/object_store.h"

namespace barman::cloud {

// Where a WAL file is to go.
struct WalTarget {
  std::string path;
  mode_t mode = fs::default_file_mode;
  // On disk before it has its name. Not needed where PostgreSQL is: after a power cut it asks for the file again, and
  // what it keeps it syncs itself.
  bool durable = false;
  RateLimit* rate = nullptr;  // of what is received; nullptr: no limit
};
// Fetches a WAL file, decoded, judged by its name, and whole or not at all. Of several copies the first counts that is
// what it should be; what is wrong with the others is logged. Throws the problem of the last one.
void download_wal(store::ObjectStore& store, const std::vector<WalObject>& copies, const WalTarget& target);

// Something to be written to that is no file: a terminal, a device, a pipe.
bool is_special(const std::string& path);

// What a restore of `wanted` fetches, given what is stored: the copies to choose from, and what may be fetched ahead.
struct WalSelection {
  std::vector<WalObject> wanted;              // a segment's own copies, before those of its partial
  std::vector<std::vector<WalObject>> ahead;  // complete segments that follow
};
struct WalWish {
  std::string name;
  bool partial = true;                 // a partial segment will do
  std::size_t files = 1;               // with those that follow
  std::uint64_t bytes_per_second = 0;  // that are received, all together; 0: no limit
};
WalSelection select_wal(const std::vector<WalObject>& stored, const WalWish& wish);

// Lists no more of the archive than the wish can need.
std::vector<WalObject> list_for(store::ObjectStore& store, const Layout& layout, const WalWish& wish);

}  // namespace barman::cloud
