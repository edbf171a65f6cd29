#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Programs of this machine: where they are, and how they are started when nobody waits for them.
namespace barman::exec {

// First executable file of that name in `search_path`:PATH.
std::optional<std::string> find_program(std::string_view name, std::string_view search_path = {});

// A detached child in a session of its own with stdin on /dev/null, and stdout and stderr too unless keep_descriptors:
// how cron starts other barman commands. Nobody waits for it. Returns its pid.
pid_t start_detached(const std::vector<std::string>& argv, bool keep_descriptors);

// Path of the running executable (/proc/self/exe).
std::string own_executable();

std::string program_search_path(std::string_view search_path);               // search_path:PATH
std::vector<std::string> program_directories(std::string_view search_path);  // its non-empty parts
bool is_program(const std::string& path);                                    // an executable regular file
// `name` as it is when it holds a slash, else where it was found. Throws Error(not_found, "{name} not in PATH").
std::string program_path(const std::string& name, std::string_view search_path);

}  // namespace barman::exec
