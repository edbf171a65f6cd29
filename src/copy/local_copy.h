#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "barman/copy/smart_copy.h"

namespace barman::copy {

// Whether a directory can be copied by copy_directory_here instead of rsync, with the same result: both ends are this
// machine, the destination holds nothing but what is protected, and the patterns are plain. The kernel then moves the
// bytes, or shares them where the file system can, which rsync never lets it do.
bool can_copy_here(const Request& request, const Item& item, fs::Host& remote_end);

// Copies what is below item.source: links followed, modes and times kept, excluded and protected paths left out.
// `workers` files at a time, in memory that does not grow with their number. `copied` gets the size of each file, from
// any thread. Throws Error(io), Interrupted.
void copy_directory_here(const Item& item, std::size_t workers, exec::Cancellation& cancellation,
                         const std::function<void(std::int64_t bytes)>& copied);

// Makes `name`, a path below the item, a hard link to the file of that name in the item's reuse directory; directories
// that are missing on the way are made with mode 0700. False when it cannot be had like that (too many links, another
// file system, something is in the way): rsync handles that, and reports why when it fails, too.
bool link_from_reuse_directory(const Item& item, const std::string& name);

}  // namespace barman::copy
