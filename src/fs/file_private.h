#pragma once
#include <string>

namespace barman::fs {

// An unguessable name beside `path`, in the same directory.
std::string temporary_name_for(const std::string& path);
std::string in_directory(const std::string& directory, const std::string& name);

}  // namespace barman::fs
