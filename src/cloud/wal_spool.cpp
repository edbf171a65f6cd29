#include "barman/cloud/wal_spool.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "barman/codec/format.h"
#include "barman/core/digest.h"
#include "barman/core/error.h"
#include "barman/fs/file.h"
#include "barman/wal/wal_content.h"

namespace barman::cloud {
namespace {

constexpr mode_t private_directory = 0700;
constexpr std::size_t digits_of_place = 16;

// As much of a server's name as helps people to see what they look at.
std::string readable(std::string_view server) {
  std::string name(server.substr(0, 40));
  for (char& c : name)
    if (c == '/' || c == '\0') c = '_';
  return name;
}

bool is_ours(const struct ::stat& info) { return info.st_uid == ::geteuid() && (info.st_mode & S_IWOTH) == 0; }

}  // namespace

WalSpool::WalSpool(const std::string& parent, std::string_view server, std::string_view place)
    : directory_(fmt::format("{}/{}-{}", parent, readable(server),
                             digest_of(fmt::format("{}\n{}", server, place)).substr(0, digits_of_place))) {}

void WalSpool::create() const {
  fs::make_directories(fs::parent_directory(directory_));
  fs::make_directories(directory_, private_directory);
  const auto info = fs::lstat_if_exists(directory_);
  if (!info || !S_ISDIR(info->st_mode) || !is_ours(*info))
    throw Error(Errc::refused, fmt::format("'{}' is not a directory of this user alone", directory_),
                "remove it, or choose another place with --spool-dir");
  fs::remove_abandoned_replacements(directory_, is_any_wal_name);
}

bool WalSpool::holds(const std::string& wal) const {
  const auto name = parse_wal_name(wal);
  const auto directory = fs::lstat_if_exists(directory_);
  const auto info = fs::lstat_if_exists(path_of(wal));
  if (!name || name->kind != WalKind::segment || !directory || !is_ours(*directory)) return false;
  if (!info || !S_ISREG(info->st_mode) || !is_ours(*info)) return false;
  const std::string head = codec::read_head(path_of(wal), segment_header_size);
  return !wal_problem(*name, head, static_cast<std::uint64_t>(info->st_size), Unrecognised::refuse);
}

bool WalSpool::deliver(const std::string& wal, const std::string& destination) const {
  if (!holds(wal)) return false;
  const std::string path = path_of(wal);
  if (::rename(path.c_str(), destination.c_str()) == 0) return true;
  if (errno != EXDEV) throw_errno("move", path);
  fs::FileReplacement copy(destination);
  const UniqueFd fd = fs::open_file(path, O_RDONLY);
  fs::read_blocks(fd.get(), path, [&](std::string_view block) { copy.write(block); });
  copy.publish();
  fs::remove_file(path);
  return true;
}

}  // namespace barman::cloud
