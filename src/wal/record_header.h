#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "barman/wal/record.h"
#include "bytes.h"

namespace barman {

// What every record begins with: XLogRecord in PostgreSQL's access/xlogrecord.h. The functions need all 24 bytes of it.
struct RecordHeader {
  static constexpr std::size_t at_total = 0, at_xid = 4, at_previous = 8, at_info = 16, at_manager = 17, at_crc = 20;
  static constexpr std::uint8_t manager_xlog = 0, manager_transaction = 1;
  static constexpr std::uint8_t transaction_has_flags = 0x80;
};

// A record begins where the one before it ends, and this many bytes behind it.
inline std::uint32_t padding_behind(std::uint64_t end) {
  constexpr std::uint64_t alignment = 8;
  return static_cast<std::uint32_t>((alignment - end % alignment) % alignment);
}

struct RecordKind {
  WalRecordKind kind = WalRecordKind::other;
  bool prepared = false;
};

inline RecordKind kind_of_transaction(std::uint8_t info) {
  switch (info & 0x70) {
    case 0x00:
      return {WalRecordKind::commit, false};
    case 0x20:
      return {WalRecordKind::abort, false};
    case 0x30:
      return {WalRecordKind::commit, true};
    case 0x40:
      return {WalRecordKind::abort, true};
    default:
      return {};
  }
}

inline WalRecordKind kind_of_xlog(std::uint8_t info) {
  switch (info & 0xF0) {
    case 0x00:
    case 0x10:
      return WalRecordKind::checkpoint;
    case 0x40:
      return WalRecordKind::segment_switch;
    case 0x50:
      return WalRecordKind::backup_end;
    case 0x70:
      return WalRecordKind::restore_point;
    case 0x90:
      return WalRecordKind::end_of_recovery;
    default:
      return WalRecordKind::other;
  }
}

inline RecordKind kind_of_record(std::string_view header) {
  const auto manager = number_at<std::uint8_t>(header, RecordHeader::at_manager);
  const auto info = number_at<std::uint8_t>(header, RecordHeader::at_info);
  if (manager == RecordHeader::manager_transaction) return kind_of_transaction(info);
  if (manager == RecordHeader::manager_xlog) return {kind_of_xlog(info), false};
  return {};
}

}  // namespace barman
