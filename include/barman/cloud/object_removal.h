#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "barman/cloud/layout.h"
#include "barman/store/object_store.h"

namespace barman::cloud {

// The archives of a backup: data first, then the tablespaces by OID, each in the order of its parts.
std::vector<std::string> archives_of(store::ObjectStore& store, const Layout& layout, const std::string& id);

// Removes all it can, in batches. What cannot be removed is logged, key by key; throws Error(remote) then.
void remove_objects(store::ObjectStore& store, const std::vector<std::string>& keys, std::size_t batch);

// Throws Error(refused) when one of them is locked, with a line in the log for each that is.
void require_unlocked(store::ObjectStore& store, const std::vector<std::string>& keys);

// Uploads that were begun for that backup and never ended.
void abort_uploads(store::ObjectStore& store, const Layout& layout, const std::string& id);

}  // namespace barman::cloud
