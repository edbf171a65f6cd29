#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "barman/store/object_store.h"

namespace barman::store {

// Removes objects by a request each, several at a time. What `remove` throws ends all of it.
std::vector<RemoveFailure> remove_one_by_one(
    const std::vector<std::string>& keys,
    const std::function<std::optional<RemoveFailure>(const std::string& key)>& remove);

}  // namespace barman::store
