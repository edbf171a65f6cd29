#include "prefetch_cache.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>

#include "barman/core/digest.h"
#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"
#include "program.h"

namespace barman::clients {

namespace {

// Not the reference's wal-last-archived, which names a segment and says nothing about which file it was.
constexpr std::string_view file_name = "wal-prefetched";
constexpr std::string_view first_line = "barman-wal-archive 1 ";

std::string cache_file(const std::string& directory) { return fmt::format("{}/{}", directory, file_name); }

// What is wrong with the directory; empty when it can be trusted.
std::string complaint(const std::string& directory) {
  try {
    if (!fs::lstat_if_exists(directory)) fs::make_directories(directory, 0700);
  } catch (const Error& error) {
    return fmt::format("Could not create cache directory {}: {}", directory, error.what());
  }
  const auto info = fs::lstat_if_exists(directory);
  if (!info || !S_ISDIR(info->st_mode))
    return fmt::format("Cache directory {} is not a regular directory (possibly a symlink); refusing to use it.",
                       directory);
  if (info->st_uid != ::geteuid())
    return fmt::format("Cache directory {} is not owned by the current user; refusing to use it.", directory);
  if ((info->st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return fmt::format("Cache directory {} is writable by group or others; refusing to use it.", directory);
  return {};
}

// name, device, inode, size, mtime and ctime in nanoseconds
std::optional<std::pair<std::string, FileIdentity>> parse_line(const std::string& line) {
  const auto fields = split(line, '\t');
  if (fields.size() != 6 || !is_wal_segment(fields[0])) return std::nullopt;
  std::int64_t numbers[5];
  for (std::size_t i = 0; i < 5; ++i) {
    const auto value = parse_python_int(fields[i + 1]);
    if (!value) return std::nullopt;
    numbers[i] = *value;
  }
  return std::pair(fields[0],
                   FileIdentity{static_cast<std::uint64_t>(numbers[0]), static_cast<std::uint64_t>(numbers[1]),
                                static_cast<std::uint64_t>(numbers[2]), numbers[3], numbers[4]});
}

}  // namespace

std::string default_cache_directory(const Remote& remote, const std::string& server) {
  const std::string key =
      fmt::format("{}:{}:{}", remote.host, remote.port.value_or("None"), remote.config.value_or("None"));
  return fmt::format("/tmp/barman-{}-{}", server, digest_of(key).substr(0, 16));
}

PrefetchCache::PrefetchCache(std::string directory, std::string destination)
    : directory_(std::move(directory)), destination_(std::move(destination)) {
  load();
}

std::optional<PrefetchCache> PrefetchCache::open(const std::string& directory, const std::string& destination) {
  const std::string problem = complaint(directory);
  if (problem.empty()) return PrefetchCache(directory, destination);
  print_error_line(problem);
  print_error_line(fmt::format("Cache directory {} is not secure; disabling parallel WAL archiving.", directory));
  return std::nullopt;
}

// A file that cannot be read, or is not ours, is an empty cache: its segments are sent once more.
void PrefetchCache::load() {
  const auto text = fs::read_file_if_exists(cache_file(directory_));
  if (!text) return;
  const auto lines = split_lines(*text);
  if (lines.empty() || lines.front() != std::string(first_line) + destination_) return;
  for (std::size_t i = 1; i < lines.size(); ++i)
    if (auto entry = parse_line(lines[i])) entries_.insert(*std::move(entry));
}

bool PrefetchCache::holds(const std::string& wal, const FileIdentity& identity) const {
  const auto found = entries_.find(wal);
  return found != entries_.end() && found->second == identity;
}

void PrefetchCache::add(const std::string& requested, const Entries& sent) {
  entries_.erase(entries_.begin(), entries_.upper_bound(requested));
  for (const auto& [wal, identity] : sent) entries_[wal] = identity;
  std::string text = fmt::format("{}{}\n", first_line, destination_);
  for (const auto& [wal, identity] : entries_)
    text += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\n", wal, identity.device, identity.inode, identity.size,
                        identity.mtime_ns, identity.ctime_ns);
  fs::replace_file(cache_file(directory_), text, 0600);
}

}  // namespace barman::clients
