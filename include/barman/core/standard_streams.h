#pragma once

namespace barman {

// Once, before anything is opened. A standard stream that the caller has closed would be the first descriptor to be
// given to a file, and what is printed would land in that file: until the end it is one that cannot be written or read.
void keep_standard_streams();

}  // namespace barman
