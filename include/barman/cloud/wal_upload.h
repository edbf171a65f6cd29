#pragma once
#include <optional>
#include <string>

#include "barman/cloud/layout.h"
#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/store/object_store.h"

namespace barman::cloud {

struct WalUpload {
  std::string path;  // of the file; its last part is its name
  std::optional<codec::Stage> compression{};
  store::Tags tags{};
};

enum class WalUploaded { stored, was_there };

// The store has another file under that name. Error(refused), whose text names both.
class WalConflict : public Error {
 public:
  using Error::Error;
};

// Stores a WAL file that is not there yet. One that is there with the same content, however it is compressed, is as
// good; one with other content is never replaced: throws WalConflict.
WalUploaded upload_wal(store::ObjectStore& store, const Layout& layout, const WalUpload& upload);

}  // namespace barman::cloud
