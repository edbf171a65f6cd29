#include "uploaded_ahead.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"

namespace barman::archiver {
namespace {

std::string nanoseconds(const struct ::timespec& time) { return fmt::format("{}.{:09}", time.tv_sec, time.tv_nsec); }

std::string line_of(const archive::PreparedWal& wal, const catalog::WalEntry& stored) {
  const struct ::stat& info = wal.source_info;
  return fmt::format("{}\t{}:{}\t{}\t{}\t{}\t{}\t{}\t{}", wal.name, info.st_dev, info.st_ino, info.st_size,
                     nanoseconds(info.st_mtim), nanoseconds(info.st_ctim), wal.target, stored.size,
                     stored.compression.value_or("None"));
}

}  // namespace

UploadedAhead::UploadedAhead(const config::ServerConfig& config)
    : path_(fmt::format("{}/.{}-cloud-wal-ahead", config.meta_directory(), config.name)) {}

bool UploadedAhead::covers(const archive::PreparedWal& wal, const catalog::WalEntry& stored) const {
  const auto text = fs::read_file_if_exists(path_);
  if (!text) return false;
  const std::vector<std::string> lines = split(*text, '\n');
  return std::ranges::find(lines, line_of(wal, stored)) != lines.end();
}

void UploadedAhead::remember(const std::vector<archive::PreparedWal>& wals) const {
  std::string text;
  for (const archive::PreparedWal& wal : wals) text += line_of(wal, wal.entry) + "\n";
  try {
    fs::replace_file(path_, text);
  } catch (const Error& error) {
    log::warning("barman.wal_archiver", "Cannot note what was archived ahead: {}", error.what());
  }
}

}  // namespace barman::archiver
