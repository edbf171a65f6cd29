#pragma once
#include <cstddef>
#include <span>
#include <string>

namespace barman::fs {

// As read_some(), from what may keep its reader waiting: a pipe, a socket, a terminal. A signal that asks us to stop
// ends the wait with Interrupted, whenever it arrives.
std::size_t read_stream(int fd, std::span<char> buffer, const std::string& what);

}  // namespace barman::fs
