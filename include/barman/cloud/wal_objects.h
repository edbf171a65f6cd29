#pragma once
#include <string>
#include <vector>

#include "barman/cloud/layout.h"
#include "barman/store/object_store.h"

namespace barman::cloud {

// One stored copy of a WAL file. There may be several, with the extensions of several compressions.
struct WalObject {
  std::string name;  // without extension
  std::string extension;
  store::Object object;
};

// All copies of the file, and of its partial segment; by one listing.
std::vector<WalObject> find_wal(store::ObjectStore& store, const Layout& layout, const std::string& name);

}  // namespace barman::cloud
