#include "export_format.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "barman/catalog/backup_catalog.h"
#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/wal/segment.h"

namespace barman::backup {

namespace {

[[noreturn]] void refuse(std::string_view name, const std::string& why) {
  throw Error(Errc::refused, fmt::format("Tarball filename does not match the expected export format "
                                         "'backup-export-SERVER_NAME-BACKUP_ID-TIMESTAMP-CHECKSUM.tar': '{}'. {}",
                                         name, why));
}

// YYYYMMDDTHHMMSS, and such a moment exists.
bool is_moment(std::string_view text) {
  if (!catalog::is_backup_id(text)) return false;
  const auto number = [text](std::size_t at, std::size_t digits) {
    return static_cast<unsigned>(parse_decimal(text.substr(at, digits)).value_or(0));
  };
  const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(number(0, 4))),
                                        std::chrono::month(number(4, 2)), std::chrono::day(number(6, 2))};
  constexpr unsigned leap_second = 61;
  return number(0, 4) > 0 && day.ok() && number(9, 2) < 24 && number(11, 2) < 60 && number(13, 2) <= leap_second;
}

// Empty: none of ours.
std::string extension_in(std::string_view name) {
  std::string extension = tarball_extension(std::nullopt);
  for (const codec::Algorithm compression : tarball_compressions)
    if (!name.ends_with(extension)) extension = tarball_extension(compression);
  return name.ends_with(extension) ? extension : std::string();
}

}  // namespace

std::string tarball_extension(std::optional<codec::Algorithm> compression) {
  return fmt::format(".tar{}", compression ? codec::extension(*compression) : std::string_view());
}

std::string tarball_stem(std::string_view server, std::string_view id, std::string_view stamp) {
  return fmt::format("backup-export-{}-{}-{}", server, id, stamp);
}

TarballName parse_tarball_name(std::string_view name, std::string_view server) {
  const std::string extension = extension_in(name);
  if (extension.empty()) refuse(name, "Expected a .tar, .tar.gz, .tar.bz2, or .tar.xz file extension.");
  const std::string prefix = fmt::format("backup-export-{}-", server);
  if (!name.starts_with(prefix)) refuse(name, fmt::format("Expected filename to start with '{}'.", prefix));
  std::string_view rest = name.substr(0, name.size() - extension.size());
  rest.remove_prefix(std::min(prefix.size(), rest.size()));
  const std::vector<std::string> parts = split(rest, '-');
  if (parts.size() != 3)
    refuse(name, "Expected filename to contain the backup ID, timestamp, and checksum after the server name.");
  const auto require_moment = [name](const char* what, const std::string& text) {
    if (!is_moment(text))
      refuse(name, fmt::format("Expected {} to be in the format 'YYYYMMDDTHHMMSS', got '{}'.", what, text));
  };
  require_moment("BACKUP_ID", parts[0]);
  require_moment("TIMESTAMP", parts[1]);
  return {parts[0], parts[1], parts[2]};
}

std::vector<std::string> required_wal(const catalog::BackupInfo& backup) {
  const auto begin = parse_segment(backup.begin_wal.value_or(""));
  const auto end = parse_segment(backup.end_wal.value_or(""));
  if (!begin || !end || begin->timeline != end->timeline || *begin > *end)
    throw Error(Errc::corrupt, fmt::format("backup {}: '{}' and '{}' are not a range of WAL segments", backup.backup_id,
                                           backup.begin_wal.value_or("None"), backup.end_wal.value_or("None")));
  std::vector<std::string> names;
  for (Segment segment = *begin;; segment = next(segment, static_cast<std::uint64_t>(backup.xlog_segment_size))) {
    if (segment > *end) break;
    names.push_back(to_string(segment));
    if (segment == *end) break;
  }
  return names;
}

}  // namespace barman::backup
