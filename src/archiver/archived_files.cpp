#include "barman/archiver/archived_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <bit>

#include "barman/fs/file.h"
#include "barman/wal/segment.h"

namespace barman::archiver {
namespace {

constexpr std::size_t hash_digits = 16;
constexpr std::size_t timeline_digits = 8;

bool is_hash_directory(std::string_view name) {
  return name.size() == hash_digits && is_wal_segment(std::string(name) + "00000000");
}

std::optional<std::string> latest_segment_in(const std::string& directory) {
  std::optional<std::string> latest;
  for (std::string& name : fs::list_directory_if_exists(directory))
    if (is_wal_segment(name) && (!latest || name > *latest)) latest = std::move(name);
  return latest;
}

}  // namespace

std::string archived_path(const config::ServerConfig& config, std::string_view name) {
  return config.wals_directory + '/' + archive_path(name).value();
}

bool is_archived(const config::ServerConfig& config, std::string_view name) {
  return fs::exists(archived_path(config, name));
}

std::map<std::uint32_t, std::string> latest_segments(const config::ServerConfig& config) {
  std::map<std::uint32_t, std::string> latest;
  std::vector<std::string> names = fs::list_directory_if_exists(config.wals_directory);
  std::erase_if(names, [](const std::string& name) { return !is_hash_directory(name); });
  std::ranges::sort(names, std::greater<>());
  std::string done;  // timeline digits already answered
  for (const std::string& name : names) {
    if (!done.empty() && name.starts_with(done)) continue;
    if (const auto segment = latest_segment_in(config.wals_directory + '/' + name)) {
      done = name.substr(0, timeline_digits);
      latest[parse_segment(*segment)->timeline] = *segment;
    }
  }
  return latest;
}

std::optional<std::string> locate_wal(const config::ServerConfig& config, const std::string& name, bool partial) {
  const std::string archived = archived_path(config, name);
  std::vector<std::string> places = {archived, config.incoming_wals_directory + '/' + name,
                                     config.streaming_wals_directory + '/' + name};
  if (partial) {
    const std::string suffix = ".partial";
    places.insert(places.end(), {config.streaming_wals_directory + '/' + name + suffix,
                                 config.streaming_wals_directory + '/' + name,  // it may just have been completed
                                 archived + suffix, config.incoming_wals_directory + '/' + name + suffix});
  }
  places.push_back(archived);
  const auto found = std::ranges::find_if(places, [&](const std::string& path) {
    if (path.starts_with(archived)) return fs::is_regular_file(path);
    // What was delivered from elsewhere must not lead out of its directory.
    const auto info = fs::lstat_if_exists(path);
    return info && S_ISREG(info->st_mode);
  });
  if (found == places.end()) return std::nullopt;
  return *found;
}

std::vector<std::string> peek_wals(const config::ServerConfig& config, const std::string& name, std::int64_t count) {
  std::vector<std::string> found;
  const auto exists = [&](const std::string& wal) { return locate_wal(config, wal, false).has_value(); };
  auto segment = parse_segment(name);
  if (!segment) {
    if (exists(name)) found.push_back(name);
    return found;
  }
  std::string wal = name;
  while (static_cast<std::int64_t>(found.size()) < count) {
    if (exists(wal)) {
      found.push_back(wal);
      ++segment->seg;
    } else if (!found.empty() && std::has_single_bit(segment->seg)) {
      *segment = {segment->timeline, segment->log + 1, 0};
    } else {
      break;
    }
    wal = to_string(*segment);
  }
  return found;
}

}  // namespace barman::archiver
