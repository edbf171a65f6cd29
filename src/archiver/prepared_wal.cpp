#include "prepared_wal.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <utility>

#include "barman/archiver/codec_settings.h"
#include "barman/archiver/waiting_wal.h"
#include "barman/archiver/wal_file.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"

namespace barman::archiver {
namespace {

constexpr std::string_view logger = "barman.wal_archiver";

struct ::stat stat_of(const std::string& path) {
  const auto info = fs::stat_if_exists(path);
  if (!info) throw Error(Errc::not_found, fmt::format("'{}' has disappeared", path));
  return *info;
}

struct ::stat link_stat_of(const std::string& path) {
  const auto info = fs::lstat_if_exists(path);
  if (!info) throw Error(Errc::not_found, fmt::format("'{}' has disappeared", path));
  return *info;
}

catalog::WalEntry entry_of(const std::string& name, const struct ::stat& info,
                           std::optional<codec::Algorithm> algorithm) {
  catalog::WalEntry entry;
  entry.name = name;
  entry.size = info.st_size;
  entry.time = fs::mtime_seconds(info);
  if (algorithm) entry.compression = codec::name(*algorithm);
  return entry;
}

}  // namespace

bool unchanged(const PreparedWal& wal) {
  const auto now = fs::lstat_if_exists(wal.source);
  const struct ::stat& before = wal.source_info;
  return now && now->st_ino == before.st_ino && now->st_dev == before.st_dev && now->st_size == before.st_size &&
         now->st_mtim.tv_sec == before.st_mtim.tv_sec && now->st_mtim.tv_nsec == before.st_mtim.tv_nsec;
}

WalPreparer::WalPreparer(const config::ServerConfig& config, Origin origin, codec::Stage settings)
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
      codec::same_format(*codec::parse_algorithm(*entry.compression), settings_.algorithm))
    entry.compression = codec::name(settings_.algorithm);
  return entry;
}

PreparedWal WalPreparer::examine(const std::string& name) const {
  PreparedWal wal;
  wal.name = name;
  wal.source =
      (origin_ == Origin::streaming ? config_.streaming_wals_directory : config_.incoming_wals_directory) + '/' + name;
  wal.target = target_path(name);
  wal.source_info = link_stat_of(wal.source);
  // What pg_receivewal writes is never compressed, whatever its first bytes look like.
  std::optional<codec::Algorithm> delivered;
  if (origin_ == Origin::file)
    delivered =
        codec::detect_file(wal.source, config_.compression == "custom" ? settings_.custom_magic : std::string());
  wal.delivered = entry_of(name, wal.source_info, delivered);
  wal.entry = wal.delivered;
  // Once more: it may have been begun again since it was listed. What comes compressed is looked into only here.
  auto problem = unfit_to_archive(origin_, wal.source, name);
  if (!problem && delivered) problem = packed_problem(*parse_wal_name(name), wal.source, *delivered, settings_);
  if (problem) {
    wal.kind = PreparedWal::Kind::unfit;
    wal.problem = std::move(*problem);
  }
  return wal;
}

void WalPreparer::complete(PreparedWal& wal) const {
  if (wal.kind == PreparedWal::Kind::unfit) return;
  fs::make_directories(fs::parent_directory(wal.target));
  if (fs::exists(wal.target)) compare(wal);
  if (wal.kind != PreparedWal::Kind::new_file && wal.kind != PreparedWal::Kind::replaces_damaged) return;
  if (config_.compression && !wal.delivered.compression)
    compress(wal);
  else if (wal.kind == PreparedWal::Kind::replaces_damaged)
    copy(wal);
  else
    fs::sync_file(wal.source);
}

void WalPreparer::compare(PreparedWal& wal) const {
  if (holds_same_content(wal)) {
    wal.kind = PreparedWal::Kind::archived;
    wal.entry = stored_entry(wal.name);
    fs::sync_file(wal.target);
  } else if (auto problem = stored_problem(*parse_wal_name(wal.name), wal.target, config_, settings_)) {
    wal.kind = PreparedWal::Kind::replaces_damaged;
    wal.problem = std::move(*problem);
  } else if (is_beginning_of(wal.target, *parse_wal_name(wal.name), wal.source, config_, settings_)) {
    wal.kind = PreparedWal::Kind::replaces_damaged;
    wal.problem = "it ends before all lines were there";
  } else {
    wal.kind = PreparedWal::Kind::other_content;
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
  if (codec::looks_encrypted(codec::read_head(wal.target))) return false;
  std::optional<codec::Algorithm> delivered;
  if (wal.delivered.compression) delivered = codec::parse_algorithm(*wal.delivered.compression);
  try {
    return codec::same_content(wal.source, codec::stored_as(delivered, settings_), wal.target,
                               codec::stored_as(stored_algorithm(wal.target, config_, settings_), settings_));
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) throw;
    // One of the two is damaged; which one, the operator must find out. Both are kept.
    log::error(logger, "Cannot compare {} with the archived file: {}", wal.source, error.what());
    return false;
  }
}

void WalPreparer::compress(PreparedWal& wal) const {
  wal.temporary = std::make_unique<fs::UnpublishedFile>(fs::parent_directory(wal.target));
  const fs::UnpublishedFile& packed = *wal.temporary;
  const UniqueFd source = fs::open_file(wal.source, O_RDONLY | O_NOFOLLOW);
  codec::encode(source.get(), packed.fd(), {settings_}, wal.source);
  finish_copy(packed.fd(), packed.place(), wal.source_info);
  struct ::stat info {};
  if (::fstat(packed.fd(), &info) != 0) throw_errno("examine", packed.place());
  wal.entry = entry_of(wal.name, info, settings_.algorithm);
}

void WalPreparer::copy(PreparedWal& wal) const {
  wal.temporary = std::make_unique<fs::UnpublishedFile>(fs::parent_directory(wal.target));
  const fs::UnpublishedFile& copy = *wal.temporary;
  const UniqueFd source = fs::open_file(wal.source, O_RDONLY | O_NOFOLLOW);
  copy_bytes(source.get(), wal.source, copy.fd(), copy.place());
  finish_copy(copy.fd(), copy.place(), wal.source_info);
}

}  // namespace barman::archiver
