#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "barman/codec/codec.h"
#include "barman/store/object_store.h"

namespace barman::cloud {

// How content behind an extension (".gz", or "" for none) is stored. Throws Error(corrupt) for another extension.
codec::Recipe recipe_of(std::string_view extension);

// A small object, decoded. Throws Error(corrupt) when it is larger than `limit` or not what its extension says.
std::string read_decoded(store::ObjectStore& store, const std::string& key, std::string_view extension,
                         std::size_t limit);

}  // namespace barman::cloud
