#include "barman/cloud/layout.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace barman::cloud {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string Layout::root() const { return path.empty() ? server + "/" : path + "/" + server + "/"; }
std::string Layout::base() const { return root() + "base/"; }
std::string Layout::backup(std::string_view id) const { return fmt::format("{}{}/", base(), id); }
std::string Layout::backup_info(std::string_view id) const { return backup(id) + "backup.info"; }
std::string Layout::keep(std::string_view id) const { return backup(id) + "annotations/keep"; }

std::string Layout::archive(std::string_view id, std::string_view name, int number, std::string_view extension) const {
  return number == 0 ? fmt::format("{}{}.tar{}", backup(id), name, extension)
                     : fmt::format("{}{}_{:04}.tar{}", backup(id), name, number, extension);
}

std::string Layout::wals() const { return root() + "wals/"; }

std::string Layout::wal_directory(std::string_view wal) const {
  return wal.ends_with(".history") ? wals() : fmt::format("{}{}/", wals(), wal.substr(0, 16));
}

std::string Layout::wal(std::string_view wal, std::string_view extension) const {
  return fmt::format("{}{}{}", wal_directory(wal), wal, extension);
}

std::optional<ArchiveName> parse_archive_name(std::string_view text) {
  const std::size_t dot = text.find(".tar");
  if (dot == std::string_view::npos) return std::nullopt;
  ArchiveName result;
  result.extension = text.substr(dot + 4);
  if (!result.extension.empty() && result.extension.front() != '.') return std::nullopt;
  std::string_view stem = text.substr(0, dot);
  if (const std::size_t underscore = stem.find('_'); underscore != std::string_view::npos) {
    const std::string_view number = stem.substr(underscore + 1);
    if (number.size() < 4 || !all_digits(number)) return std::nullopt;
    if (std::from_chars(number.data(), number.data() + number.size(), result.number).ec != std::errc())
      return std::nullopt;
    stem = stem.substr(0, underscore);
  }
  if (stem != "data" && !all_digits(stem)) return std::nullopt;
  result.name = stem;
  return result;
}

}  // namespace barman::cloud
