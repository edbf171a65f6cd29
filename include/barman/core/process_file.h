#pragma once
#include <sys/types.h>

#include <string>
#include <string_view>

namespace barman {

// The text of /proc/PID/NAME (proc(5)). Empty where there is none for us: the process has ended, be it while it was
// read, or it is not ours to look at, or nothing is mounted there.
std::string read_process_file(pid_t pid, std::string_view name);

}  // namespace barman
