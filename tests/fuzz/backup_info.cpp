// backup.info: what is read is written, byte for byte, as what it reads back.
#include "barman/catalog/backup_info.h"

#include <cmath>

#include "barman/wal/segment.h"
#include "barman/wal/wal_content.h"
#include "fuzz.h"

namespace barman::fuzz {
namespace {

constexpr std::string_view file = "/srv/barman/main/meta/20261121T072635-backup.info", id = "20261121T072635";

// What listings and restores work out from the fields must hold for any that were accepted.
void use(const catalog::BackupInfo& info) {
  require(std::isfinite(info.deduplication_ratio()), "a ratio is a number");
  require(info.xlog_segment_size > 0 && is_segment_size(static_cast<std::uint64_t>(info.xlog_segment_size)),
          "the segment size is one");
  info.type();
  info.children();
  info.major_version();
  info.wal_directory_name();
  const auto begin = parse_segment(info.begin_wal.value_or("")), end = parse_segment(info.end_wal.value_or(""));
  if (begin && end) segments_between(*begin, *end, static_cast<std::uint64_t>(info.xlog_segment_size));
}

}  // namespace

void one_input(std::string_view bytes) {
  try {
    const catalog::BackupInfo info = catalog::parse_backup_info(bytes, file, id);
    const std::string written = catalog::serialize(info);
    use(info);
    std::string again;
    require(accepts([&] { again = catalog::serialize(catalog::parse_backup_info(written, file, id)); }),
            "what is written can be read", written);
    require(again == written, "backup.info round-trips", written);
  } catch (const Error& error) {
    require_place(error, file);
  }
}

}  // namespace barman::fuzz
