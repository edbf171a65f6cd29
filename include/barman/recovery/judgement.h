#pragma once
#include <optional>
#include <string>
#include <variant>

#include "barman/recovery/window.h"

namespace barman::recovery {

// recovery_target and its sisters. `inclusive` is recovery_target_inclusive, which has no meaning for names.
struct TargetTime {
  std::int64_t micros = 0;
  bool inclusive = true;
};
struct TargetXid {
  std::uint32_t xid = 0;
  bool inclusive = true;
};
struct TargetLsn {
  Lsn lsn;
  bool inclusive = true;
};
struct TargetName {
  std::string name;
};
struct TargetImmediate {};
struct TargetLatest {};
using Target = std::variant<TargetTime, TargetXid, TargetLsn, TargetName, TargetImmediate, TargetLatest>;

enum class StopKind { commit, abort, restore_point, lsn, consistent, end_of_wal };

// The last record that is applied: what recovery stops behind.
struct Stop {
  StopKind kind = StopKind::consistent;
  Lsn lsn;  // where that record begins; consistent, end_of_wal: where applied WAL ends
  std::optional<TransactionEnd>
      last;  // the last commit or abort that is applied; std::nullopt: none behind the backup's begin
  std::optional<std::int64_t> micros{};  // of a restore point
};

// Target times that can be reached from the same backup, where the one asked for cannot.
struct Nearest {
  std::optional<std::int64_t> before, after;
};

struct Judgement {
  std::optional<Stop> stop;  // what recovery does; std::nullopt: it fails
  std::string reason;        // then
  Nearest nearest{};         // of a target time
  bool lacks_wal = false;    // it fails for want of WAL: if more comes, it may succeed
  // The last segment that is read; where recovery fails, the last one that it finds. std::nullopt: not even the first.
  std::optional<Segment> read_to{};
};

// What PostgreSQL (13 or later) does with a target when it recovers from a backup on the way of a chain. `read` must be
// there. Up to two segments of the backup's edges are read, and those in which the target may lie: of a time, a restore
// point or an LSN one, of a transaction each whose transactions' numbers enclose it.
Judgement judge(const Archive& archive, const Chain& chain, const BaseBackup& backup, const Target& target,
                const ReadRecords& read);

}  // namespace barman::recovery
