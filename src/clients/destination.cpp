#include "destination.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <vector>

#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/core/on_exit.h"
#include "barman/wal/segment.h"
#include "barman/wal/wal_content.h"
#include "get_wal.h"
#include "program.h"

namespace barman::clients {

namespace {

constexpr int exit_destination = 3;

bool can_be_renamed_over(const std::string& path, const struct ::stat& info) {
  return S_ISREG(info.st_mode) && info.st_uid == ::geteuid() &&
         ::faccessat(AT_FDCWD, fs::parent_directory(path).c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

void copy_bytes(int from, int to, const std::string& from_path, const std::string& to_path) {
  fs::read_blocks(from, from_path, [&](std::string_view block) { fs::write_all(to, block, to_path); });
}

constexpr int exit_local = 2;

bool is_trusted(const struct ::stat& info) {
  return S_ISREG(info.st_mode) && (info.st_uid == ::geteuid() || info.st_uid == 0) && (info.st_mode & S_IWOTH) == 0;
}

}  // namespace

Destination::Destination(std::string path) : path_(std::move(path)) {
  if (fs::is_directory(path_)) throw Failure(exit_destination, "WAL_DEST cannot be a directory: " + path_);
  fd_ = UniqueFd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, fs::default_file_mode));
  struct stat info = {};
  if (!fd_ || ::fstat(fd_.get(), &info) != 0)
    throw Failure(exit_destination,
                  fmt::format("Cannot open '{}' (WAL_DEST) for writing: {}", path_, os_error_text(errno, path_)));
  mode_ = info.st_mode & 0777U;
  regular_ = S_ISREG(info.st_mode);
  const std::string target = fs::real_path(path_);
  if (can_be_renamed_over(target, info)) {
    staging_path_ = target;
    fs::remove_abandoned_replacements(target);
  } else {
    elsewhere_.emplace();
    staging_path_ = elsewhere_->path() + "/wal";
  }
}

void Destination::publish(fs::FileReplacement& content) {
  content.commit();
  if (elsewhere_) copy_from(staging_path_);
}

void Destination::move_from(const std::string& file) {
  if (elsewhere_) {
    copy_from(file);
  } else if (::chmod(file.c_str(), mode_) != 0 || ::rename(file.c_str(), staging_path_.c_str()) != 0) {
    if (errno != EXDEV) throw_errno("move", file);
    fs::FileReplacement content(staging_path_, mode_);
    copy_bytes(fs::open_file(file, O_RDONLY).get(), content.fd(), file, content.temporary_path());
    content.commit();
  } else {
    return;
  }
  fs::remove_file(file);
}

void Destination::copy_from(const std::string& file) {
  OnExit empty_again([this] {
    if (regular_ && ::ftruncate(fd_.get(), 0) != 0) print_error_line(fmt::format("cannot empty '{}' again", path_));
  });
  copy_bytes(fs::open_file(file, O_RDONLY).get(), fd_.get(), file, path_);
  if (regular_) fs::sync_fd(fd_.get(), path_);
  empty_again.dismiss();
}

Spool::Spool(std::string directory, std::optional<std::uint64_t> system_id)
    : directory_(std::move(directory)), system_id_(system_id) {}

void Spool::create() {
  if (::mkdir(directory_.c_str(), fs::default_directory_mode) != 0 &&
      (errno != EEXIST || !fs::is_directory(directory_)))
    throw Failure(exit_local,
                  fmt::format("Cannot create '{}' directory: {}", directory_, os_error_text(errno, directory_)));
  fs::remove_abandoned_replacements(directory_, is_any_wal_name);
}

bool Spool::holds(const std::string& wal) const {
  const auto name = parse_wal_name(wal);
  if (!name || name->kind != WalKind::segment) return false;
  const std::string path = path_of(wal);
  const auto info = fs::lstat_if_exists(path);
  if (!info || !is_trusted(*info)) return false;
  const std::string head = codec::read_head(path, segment_header_size);
  return !unfit_to_serve(*name, head, static_cast<std::uint64_t>(info->st_size), system_id_);
}

bool Spool::deliver(const std::string& wal, Destination& destination) const {
  if (!holds(wal)) return false;
  try {
    destination.move_from(path_of(wal));
  } catch (const Error& error) {
    throw Failure(exit_local,
                  fmt::format("Failure moving {} to {}: {}", path_of(wal), destination.staging_path(), error.what()));
  }
  return true;
}

}  // namespace barman::clients
