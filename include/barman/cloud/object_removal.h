#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/cloud/layout.h"
#include "barman/store/object_store.h"

namespace barman::cloud {

// The archives of a backup: data first, then the tablespaces by OID, each in the order of its parts.
std::vector<std::string> archives_of(store::ObjectStore& store, const Layout& layout, const std::string& id);

// Everything that lies below a backup's prefix but its backup.info, by which it is found.
std::vector<std::string> objects_of(store::ObjectStore& store, const Layout& layout, const std::string& id);

// How many keys to remove at a time: what is wished for, within what the store takes.
std::size_t removal_batch(const store::ObjectStore& store, std::optional<std::int64_t> wished);

// Removes all it can, in batches. What cannot be removed is logged, key by key; throws Error(remote) then.
void remove_objects(store::ObjectStore& store, const std::vector<std::string>& keys, std::size_t batch);

// "Cannot delete locked object KEY: ...", for each of them that a retention period or a legal hold keeps.
std::vector<std::string> locked_objects(store::ObjectStore& store, const std::vector<std::string>& keys);

// Throws Error(refused) when one of them is locked, with a line in the log for each that is, and the first as its hint.
void require_unlocked(store::ObjectStore& store, const std::vector<std::string>& keys);

// Uploads that were begun for that backup and never ended.
void abort_uploads(store::ObjectStore& store, const Layout& layout, const std::string& id);

}  // namespace barman::cloud
