#pragma once
#include <string>

#include "barman/copy/smart_copy.h"

namespace barman::copy {

// Makes `name`, a path below the item, a hard link to the file of that name in the item's reuse directory; directories
// that are missing on the way are made with mode 0700. False when it cannot be had like that (too many links, another
// file system, something is in the way): rsync knows what to do then, and tells why when it fails, too.
bool link_from_reuse_directory(const Item& item, const std::string& name);

}  // namespace barman::copy
