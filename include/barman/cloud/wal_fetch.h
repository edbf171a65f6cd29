#pragma once
#include <string>

#include "barman/cloud/layout.h"
#include "barman/cloud/wal_download.h"
#include "barman/cloud/wal_spool.h"
#include "barman/store/object_store.h"

namespace barman::cloud {

inline constexpr const char* default_spool = "/var/tmp/walrestore";
inline constexpr int most_ahead = 64;

// What restore_command asks for: the file is at `destination`, whole and judged, or nothing is. It comes from the spool
// if it is there; else from the store, and at the same time those that follow come into the spool, as many as the wish
// has files. False: there is no such file.
bool fetch_wal(store::ObjectStore& store, const Layout& layout, const WalSpool& spool, const WalWish& wish,
               const std::string& destination);

}  // namespace barman::cloud
