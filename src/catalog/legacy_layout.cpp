#include "barman/catalog/legacy_layout.h"

#include <fmt/core.h>

#include <filesystem>
#include <tuple>

#include "barman/core/log.h"
#include "barman/fs/file.h"

namespace barman::catalog {
namespace {

constexpr std::string_view logger = "barman.server";

std::string free_name(const std::string& wanted) {
  std::string name = wanted;
  for (int number = 1; fs::lstat_if_exists(name); ++number) name = fmt::format("{}.{}", wanted, number);
  return name;
}

// Where `to` is, seen from the directory that holds `link`, with the directories that links on the way lead to.
std::string relative_target(const std::string& link, const std::string& to) {
  const std::filesystem::path here = fs::real_path(fs::parent_directory(link));
  const std::filesystem::path there = fs::real_path(fs::parent_directory(to));
  return (there.lexically_relative(here) / std::filesystem::path(to).filename()).lexically_normal().string();
}

}  // namespace

std::string legacy_info_path(const config::ServerConfig& config, const std::string& id) {
  return config.basebackups_directory + '/' + id + "/backup.info";
}

std::string legacy_index_path(const config::ServerConfig& config) { return config.wals_directory + "/xlog.db"; }

bool is_current_copy(const std::string& copy, const std::string& original) {
  const auto have = fs::stat_if_exists(copy);
  const auto wanted = fs::stat_if_exists(original);
  const auto time = [](const struct ::stat& info) { return std::tuple(info.st_mtim.tv_sec, info.st_mtim.tv_nsec); };
  return have && wanted && have->st_size == wanted->st_size && time(*have) >= time(*wanted);
}

void set_legacy_index_aside(const config::ServerConfig& config) {
  const std::string old_place = legacy_index_path(config);
  const auto info = fs::lstat_if_exists(old_place);
  if (!info || !S_ISREG(info->st_mode)) return;
  const std::string name = free_name(fmt::format("{}/{}-xlog.db.old", config.wals_directory, config.name));
  fs::rename_file(old_place, name);
  fs::sync_directory(config.wals_directory);
  log::info(logger, "The WAL index of an older version, {}, is kept as {}", old_place, name);
}

bool is_legacy_index_linked(const config::ServerConfig& config, const std::string& index) {
  const auto link = fs::lstat_if_exists(legacy_index_path(config));
  if (!link || !S_ISLNK(link->st_mode)) return false;
  const auto at_old_place = fs::stat_if_exists(legacy_index_path(config));
  const auto at_new_place = fs::stat_if_exists(index);
  return at_old_place && at_new_place && at_old_place->st_ino == at_new_place->st_ino &&
         at_old_place->st_dev == at_new_place->st_dev;
}

void link_legacy_index(const config::ServerConfig& config, const std::string& index) {
  if (!fs::is_directory(config.wals_directory) || is_legacy_index_linked(config, index)) return;
  const std::string link = legacy_index_path(config);
  const auto found = fs::lstat_if_exists(link);
  if (found && !S_ISLNK(found->st_mode)) return;
  fs::remove_file(link);
  fs::make_symlink(relative_target(link, index), link);
  fs::sync_directory(config.wals_directory);
}

}  // namespace barman::catalog
