#pragma once
#include <optional>
#include <string>

#include "barman/cloud/layout.h"
#include "barman/codec/codec.h"
#include "barman/store/object_store.h"

namespace barman::cloud {

struct WalUpload {
  std::string path;  // of the file; its last part is its name
  std::optional<codec::Stage> compression{};
  store::Tags tags{};
};

enum class WalUploaded { stored, was_there };

// Stores a WAL file that is not there yet. One that is there with the same content, however it is compressed, is as
// good; one with other content is never replaced: Failure(refused) names both.
WalUploaded upload_wal(store::ObjectStore& store, const Layout& layout, const WalUpload& upload);

}  // namespace barman::cloud
