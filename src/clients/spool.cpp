#include "spool.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/wal/segment_header.h"
#include "program.h"
#include "segment_header.h"

namespace barman::clients {

namespace {

constexpr int exit_local = 2;

bool is_trusted(const struct ::stat& info) {
  return S_ISREG(info.st_mode) && (info.st_uid == ::geteuid() || info.st_uid == 0) && (info.st_mode & S_IWOTH) == 0;
}

}  // namespace

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
