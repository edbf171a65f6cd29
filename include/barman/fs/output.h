#pragma once
#include <string_view>

namespace barman::fs {

// Writes all of it to a descriptor that came without a name: a failure names the file that it is open for, or standard
// output.
void write_output(int fd, std::string_view bytes);

}  // namespace barman::fs
