#pragma once
#include <sys/types.h>

#include <string>

namespace barman::exec {

// What a process and its forks, descendants that run the same program, have read and written so far: the kernel's
// counters (proc(5), /proc/pid/io) as text, the same as long as none of them does anything. Empty where there are none.
std::string io_counters(pid_t pid);

}  // namespace barman::exec
