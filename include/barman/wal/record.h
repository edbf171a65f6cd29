#pragma once
#include <cstdint>
#include <string>

#include "barman/wal/segment.h"

namespace barman {

enum class WalRecordKind : std::uint8_t {
  other,
  commit,
  abort,
  restore_point,
  checkpoint,
  backup_end,
  end_of_recovery,
  segment_switch
};

// One record of the WAL stream, as far as recovery asks for it.
struct WalRecord {
  WalRecordKind kind = WalRecordKind::other;
  bool prepared = false;  // commit, abort: by COMMIT PREPARED or ROLLBACK PREPARED
  std::uint32_t xid = 0;  // of a prepared transaction: its own, which recovery_target_xid means, not its finisher's
  Lsn begin;
  Lsn end;                  // behind it, where the next one can begin
  std::int64_t micros = 0;  // since 1970, by the server's clock; 0 for kinds that have no time
  Lsn start{};              // checkpoint: its redo location; backup_end: the start location of the backup
  std::string name{};       // restore_point

  friend bool operator==(const WalRecord&, const WalRecord&) = default;
};

// What recovery_target_time and recovery_target_xid look at.
inline bool ends_transaction(WalRecordKind kind) {
  return kind == WalRecordKind::commit || kind == WalRecordKind::abort;
}

}  // namespace barman
