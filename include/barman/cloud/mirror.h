#pragma once
#include <memory>

#include "barman/catalog/mirror.h"
#include "barman/cloud/place.h"

namespace barman::cloud {

// The catalogue of a server in a bucket: base/{ID}/backup.info and base/{ID}/annotations/keep. `place` must outlive it.
std::unique_ptr<catalog::Mirror> make_mirror(const Place& place);

}  // namespace barman::cloud
