#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "barman/recovery/judgement.h"
#include "barman/restore/restore.h"
#include "barman/restore/target.h"

// What recovery will do with what is restored, as far as the archived WAL says, before a byte is written.
namespace barman::restore {

// The WAL between the begin of a backup and where recovery ends, as far as it is known.
struct WalNeed {
  std::uint64_t segments = 0, segment_size = 0;
  std::vector<Segment> missing;  // the first of those that are not archived
  std::uint64_t missing_count = 0;
};

struct Forecast {
  recovery::Target target;
  std::uint32_t timeline = 0;                    // to which recovery goes; 0: not known
  std::optional<recovery::Judgement> judgement;  // std::nullopt: it cannot be told
  std::string unknown;                           // why, then
  std::optional<recovery::TimelinePath> path;    // on which recovery goes there; std::nullopt: not known
  WalNeed wal;
};

// Looks no further behind the backup than the target lies, and reads only segments of which nothing is noted, and those
// in which the target may lie. Throws no Error for want of WAL or of what can be read: then nothing is known.
Forecast forecast(const RestoreRequest& request, const catalog::BackupInfo& backup, const RecoveryTarget& target,
                  ServerContext& server);

// The last segment that recovery reads to get to its target; std::nullopt: not known, or it fails.
std::optional<Segment> read_to(const Forecast& forecast);

// The target as the decisions about WAL have it. Throws Error(refused) for a number of a transaction that is none.
recovery::Target recovery_target(const RecoveryTarget& target);
// recovery_target_timeline, written or not: "current", "latest" or digits.
std::string timeline_of(const RestoreRequest& request, const catalog::BackupInfo& backup, const RecoveryTarget& target);
WalNeed wal_need(const recovery::Chain& chain, const recovery::BaseBackup& backup,
                 const recovery::Judgement& judgement);

// What a restore does about a forecast.
struct Verdict {
  enum class Kind { go_on, warn, refuse } kind = Kind::go_on;
  std::string text, hint;
};
Verdict verdict_on(const Forecast& forecast, const RestoreRequest& request, const catalog::BackupInfo& backup,
                   const RecoveryTarget& target);

// "the commit of transaction 754 at 2026-11-21 07:26:35.300119+00:00"; std::nullopt: none behind the backup's begin.
std::optional<std::string> describe_last(const recovery::Stop& stop);

}  // namespace barman::restore
