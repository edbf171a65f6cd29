#include "barman/catalog/legacy_layout.h"

#include <tuple>

#include "barman/fs/file.h"

namespace barman::catalog {
std::string legacy_info_path(const config::ServerConfig& config, const std::string& id) {
  return config.basebackups_directory + '/' + id + "/backup.info";
}

bool is_current_copy(const std::string& copy, const std::string& original) {
  const auto have = fs::stat_if_exists(copy);
  const auto wanted = fs::stat_if_exists(original);
  const auto time = [](const struct ::stat& info) { return std::tuple(info.st_mtim.tv_sec, info.st_mtim.tv_nsec); };
  return have && wanted && have->st_size == wanted->st_size && time(*have) >= time(*wanted);
}

}  // namespace barman::catalog
