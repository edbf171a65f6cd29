#include "barman/config/no_servers.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/config/ini_document.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"

namespace barman::config {
namespace {

std::string state_of(const std::string& directory) {
  if (!fs::exists(directory)) return "does not exist";
  if (!fs::is_directory(directory)) return "is not a directory";
  const auto names = fs::list_directory(directory);
  const bool any = std::ranges::any_of(
      names, [](const std::string& name) { return !name.starts_with('.') && name.ends_with(".conf"); });
  return any ? "has no section of a server in its files *.conf" : "has no file whose name ends in .conf";
}

}  // namespace

std::string explain_no_servers(const Configuration& configuration) {
  const GlobalConfig& global = configuration.global();
  std::string text = fmt::format("no server is configured: {} has no section of a server", global.file);
  if (!configuration.models().empty()) text += ", only of models";
  const Text& directory = global.configuration_files_directory;
  if (!directory) return text + ", and configuration_files_directory is not set";
  return fmt::format("{}, and the configuration_files_directory '{}' {}", text, *directory,
                     state_of(fs::expand_home(*directory)));
}

}  // namespace barman::config
