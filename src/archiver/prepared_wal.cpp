#include "prepared_wal.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <utility>

#include "barman/archiver/codec_settings.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"

namespace barman::archiver {
namespace {

constexpr std::string_view logger = "barman.wal_archiver";
constexpr mode_t permission_bits = 07777;

struct ::stat stat_of(const std::string& path) {
  const auto info = fs::stat_if_exists(path);
  if (!info) throw Error(Errc::not_found, fmt::format("'{}' has disappeared", path));
  return *info;
}

catalog::WalEntry entry_of(const std::string& name, const struct ::stat& info,
                           std::optional<compress::Algorithm> algorithm) {
  catalog::WalEntry entry;
  entry.name = name;
  entry.size = info.st_size;
  entry.time = fs::mtime_seconds(info);
  if (algorithm) entry.compression = compress::name(*algorithm);
  return entry;
}

// Gives the copy the times and mode of the original and makes its content durable.
void finish_copy(int fd, const std::string& path, const struct ::stat& original) {
  const struct ::timespec times[2] = {original.st_atim, original.st_mtim};
  if (::fchmod(fd, original.st_mode & permission_bits) != 0) throw_errno("change the mode of", path);
  if (::futimens(fd, times) != 0) throw_errno("set the times of", path);
  fs::sync_fd(fd, path);
}

// A link to the source can serve as the archived file only where the source is a file of our own file system.
bool can_link(const std::string& source) {
  const auto info = fs::lstat_if_exists(source);
  return info && S_ISREG(info->st_mode);
}

}  // namespace

OwnedFile& OwnedFile::operator=(OwnedFile&& other) noexcept {
  if (this != &other) {
    if (!path_.empty()) ::unlink(path_.c_str());
    path_ = std::exchange(other.path_, {});
  }
  return *this;
}

OwnedFile::~OwnedFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

bool unchanged(const PreparedWal& wal) {
  const auto now = fs::stat_if_exists(wal.source);
  const struct ::stat& before = wal.source_info;
  return now && now->st_ino == before.st_ino && now->st_dev == before.st_dev && now->st_size == before.st_size &&
         now->st_mtim.tv_sec == before.st_mtim.tv_sec && now->st_mtim.tv_nsec == before.st_mtim.tv_nsec;
}

WalPreparer::WalPreparer(const config::ServerConfig& config, Origin origin, compress::Settings settings)
    : config_(config), origin_(origin), settings_(std::move(settings)) {}

std::string WalPreparer::target_path(const std::string& name) const {
  return config_.wals_directory + '/' + archive_path(name).value();
}

catalog::WalEntry WalPreparer::stored_entry(const std::string& name) const {
  const std::string path = target_path(name);
  catalog::WalEntry entry = entry_of(name, stat_of(path), std::nullopt);
  describe_stored(path, config_, settings_, entry);
  // pigz and gzip files look alike: the configured word is the likelier one.
  if (entry.compression && config_.compression &&
      compress::same_format(*compress::parse_algorithm(*entry.compression), settings_.algorithm))
    entry.compression = compress::name(settings_.algorithm);
  return entry;
}

PreparedWal WalPreparer::examine(const std::string& name) const {
  PreparedWal wal;
  wal.name = name;
  wal.source =
      (origin_ == Origin::streaming ? config_.streaming_wals_directory : config_.incoming_wals_directory) + '/' + name;
  wal.target = target_path(name);
  wal.source_info = stat_of(wal.source);
  // What pg_receivewal writes is never compressed, whatever its first bytes look like.
  std::optional<compress::Algorithm> delivered;
  if (origin_ == Origin::file)
    delivered =
        compress::detect_file(wal.source, config_.compression == "custom" ? settings_.custom_magic : std::string());
  wal.delivered = entry_of(name, wal.source_info, delivered);
  wal.entry = wal.delivered;
  return wal;
}

void WalPreparer::complete(PreparedWal& wal) const {
  fs::make_directories(fs::parent_directory(wal.target));
  if (fs::exists(wal.target)) {
    wal.kind = holds_same_content(wal) ? PreparedWal::Kind::archived : PreparedWal::Kind::other_content;
    if (wal.kind == PreparedWal::Kind::archived) {
      wal.entry = stored_entry(wal.name);
      fs::sync_file(wal.target);
    }
  } else if (config_.compression && !wal.delivered.compression) {
    compress(wal);
  } else if (can_link(wal.source)) {
    fs::sync_file(wal.source);
  } else {
    copy(wal);
  }
}

PreparedWal WalPreparer::prepare(const std::string& name) const {
  PreparedWal wal = examine(name);
  complete(wal);
  return wal;
}

bool WalPreparer::holds_same_content(const PreparedWal& wal) const {
  const auto target = stat_of(wal.target);
  if (target.st_ino == wal.source_info.st_ino && target.st_dev == wal.source_info.st_dev) return true;
  if (compress::looks_encrypted(compress::read_head(wal.target))) return false;
  std::optional<compress::Algorithm> delivered;
  if (wal.delivered.compression) delivered = compress::parse_algorithm(*wal.delivered.compression);
  try {
    return compress::same_content(wal.source, delivered, wal.target, stored_algorithm(wal.target, config_, settings_),
                                  settings_);
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) throw;
    // One of the two is damaged; which one, the operator must find out. Both are kept.
    log::error(logger, "Cannot compare {} with the archived file: {}", wal.source, error.what());
    return false;
  }
}

void WalPreparer::compress(PreparedWal& wal) const {
  const std::string path = wal.target + ".compressed";
  fs::remove_file(path);  // left behind by a run that was killed
  compress::compress_file(wal.source, path, settings_);
  wal.temporary = OwnedFile(path);
  const fs::UniqueFd fd = fs::open_file(path, O_RDWR);
  finish_copy(fd.get(), path, wal.source_info);
  wal.entry = entry_of(wal.name, stat_of(path), settings_.algorithm);
}

void WalPreparer::copy(PreparedWal& wal) const {
  const std::string path = wal.target + ".tmp";
  fs::remove_file(path);
  fs::copy_file(wal.source, path);
  wal.temporary = OwnedFile(path);
  fs::sync_file(path);
}

}  // namespace barman::archiver
