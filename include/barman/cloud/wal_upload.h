#pragma once
#include <optional>
#include <string>

#include "barman/cloud/layout.h"
#include "barman/cloud/wal_objects.h"
#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/store/object_store.h"

namespace barman::cloud {

struct WalUpload {
  std::string path;  // of the file; its last part is its name
  std::optional<codec::Stage> compression{};
  std::optional<codec::Algorithm> delivered{};  // what it is compressed with already; then without `compression`
  store::Tags tags{};
  bool follow_link = true;
  codec::Watch watch{};  // sees what is compressed, before it is
};

enum class WalUploaded { stored, was_there };

// Stores a WAL file under its name and the extension of its compression, whatever else there is of that name. Throws
// StoreError(exists) where something has that key, unless that is to be replaced.
enum class Present { keep, replace };
WalObject put_wal(store::ObjectStore& store, const Layout& layout, const WalUpload& upload, Present present);

// The store has another file under that name. Error(refused), whose text names both.
class WalConflict : public Error {
 public:
  using Error::Error;
};

// Stores a WAL file that is not there yet. One that is there with the same content, however it is compressed, is as
// good; one with other content is never replaced: throws WalConflict.
WalUploaded upload_wal(store::ObjectStore& store, const Layout& layout, const WalUpload& upload);

}  // namespace barman::cloud
