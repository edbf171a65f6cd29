#pragma once
#include <optional>
#include <string>

#include "barman/cloud/layout.h"
#include "barman/codec/codec.h"
#include "barman/store/object_store.h"

namespace barman::cloud {

// A WAL file as an archive here keeps it.
struct StoredWal {
  std::string name;
  std::string path;
  std::optional<codec::Stage> compression{};  // that it went through
};

// Puts it under its name as it is, with the extension of its compression; what only this server could decode
// (compression custom) is decoded. An object of that name with the same content, however it is compressed, is as good;
// one with other content is never replaced: throws WalConflict (wal_upload.h). False: there was such an object.
bool upload_stored_wal(store::ObjectStore& store, const Layout& layout, const StoredWal& wal);

}  // namespace barman::cloud
