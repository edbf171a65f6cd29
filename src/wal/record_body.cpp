#include "record_body.h"

#include <algorithm>
#include <limits>

#include "bytes.h"

namespace barman {

namespace {

// PostgreSQL counts from 2000; its infinite times stay as far away as they can.
constexpr std::int64_t micros_to_2000 = 946'684'800'000'000;
std::int64_t since_1970(std::int64_t since_2000) {
  constexpr std::int64_t latest = std::numeric_limits<std::int64_t>::max();
  return since_2000 > latest - micros_to_2000 ? latest : since_2000 + micros_to_2000;
}

constexpr std::size_t restore_point_size = 72, restore_point_name = 8;
constexpr std::size_t checkpoint_size = 72,
                      checkpoint_time = 64;  // seconds since 1970; up to here the same in 13 to 18

// From the head of the main data.
bool read_time(std::string_view data, WalRecord& record) {
  if (data.size() < sizeof(std::int64_t)) return false;
  record.micros = since_1970(number_at<std::int64_t>(data, 0));
  return true;
}

bool read_restore_point(std::string_view data, WalRecord& record) {
  if (data.size() < restore_point_size || !read_time(data, record)) return false;
  const std::string_view name = data.substr(restore_point_name, restore_point_size - restore_point_name);
  record.name = name.substr(0, name.find('\0'));
  return true;
}

bool read_checkpoint(std::string_view data, WalRecord& record) {
  if (data.size() < checkpoint_size) return false;
  record.start = {number_at<std::uint64_t>(data, 0)};
  constexpr std::int64_t latest = std::numeric_limits<std::int64_t>::max() / 1'000'000;
  record.micros = std::clamp(number_at<std::int64_t>(data, checkpoint_time), -latest, latest) * 1'000'000;
  return true;
}

bool read_main_data(std::string_view data, WalRecord& record) {
  switch (record.kind) {
    case WalRecordKind::commit:
    case WalRecordKind::abort:
    case WalRecordKind::end_of_recovery:
      return read_time(data, record);
    case WalRecordKind::restore_point:
      return read_restore_point(data, record);
    case WalRecordKind::checkpoint:
      return read_checkpoint(data, record);
    case WalRecordKind::backup_end:
      if (data.size() < sizeof(std::uint64_t)) return false;
      record.start = {number_at<std::uint64_t>(data, 0)};
      return true;
    case WalRecordKind::segment_switch:
    case WalRecordKind::other:
      return true;
  }
  return false;
}

}  // namespace

// Before the main data: of the records that are looked at, only the origin of replication, the top-level transaction
// and the length. Their blocks, which would come first, they do not have.
std::optional<std::size_t> main_data(std::string_view head, std::size_t body) {
  constexpr std::uint8_t origin = 253, top_level = 252, short_length = 255, long_length = 254;
  std::size_t at = 0;
  while (at + 1 < head.size()) {
    std::uint64_t length = 0;
    switch (number_at<std::uint8_t>(head, at)) {
      case origin:
        at += 3;
        continue;
      case top_level:
        at += 5;
        continue;
      case short_length:
        length = number_at<std::uint8_t>(head, at + 1);
        at += 2;
        break;
      case long_length:
        if (at + 5 > head.size()) return std::nullopt;
        length = number_at<std::uint32_t>(head, at + 1);
        at += 5;
        break;
      default:
        return std::nullopt;
    }
    if (at + length != body) return std::nullopt;
    return at;
  }
  return std::nullopt;
}

bool read_body(std::string_view head, std::size_t body, WalRecord& record) {
  const auto begin = main_data(head, body);
  return begin && read_main_data(head.substr(*begin), record);
}

}  // namespace barman
