#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace barman::config {

// Why a section cannot be called so: its name becomes part of paths, of lock files and of lines. nullopt: it can.
std::optional<std::string> section_name_problem(std::string_view name);

}  // namespace barman::config
