#pragma once
#include <unistd.h>

#include <string>

// Where thousands of files and fsyncs cost nothing; the usual place where there is no such file system.
inline std::string memory_directory() { return ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : ""; }
