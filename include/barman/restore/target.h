#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "barman/core/time.h"
#include "barman/wal/segment.h"

namespace barman::restore {

enum class TargetAction { pause, shutdown, promote };
std::string_view to_string(TargetAction action);

// Where recovery is to stop, as typed. At most one of time, xid, lsn, name, immediate.
struct TargetRequest {
  std::optional<std::string> time, xid, lsn, name;
  bool immediate = false;
  std::optional<std::string> timeline;  // "current", "latest" or digits
  bool exclusive = false;
  std::optional<TargetAction> action;
};

// The same, understood for one backup and one server version.
struct RecoveryTarget {
  std::optional<Timestamp> time;
  std::optional<std::string> xid, name;
  std::optional<std::string> lsn_text;
  std::optional<Lsn> lsn;
  bool immediate = false;
  std::optional<std::string> timeline;       // as typed
  std::optional<std::uint32_t> timeline_id;  // resolved
  bool exclusive = false;
  std::optional<TargetAction> action;

  bool is_pitr() const { return time || xid || name || lsn || immediate || timeline; }
  // What follows "Doing PITR. Recovery target ": "time: '...', timeline: '2'".
  std::string describe() const;
};

// But for the number of the timeline, which depends on backup and archive. Throws Error(refused) for what is no time or
// LSN.
RecoveryTarget understood(const TargetRequest& request);

int count_exclusive_targets(const TargetRequest& request);  // of time, xid, lsn, name, immediate
// The first option that `auto` does not support, by name (target_xid, ...); nullopt if all are supported.
std::optional<std::string_view> target_without_backup_id(const TargetRequest& request);

// Throws Error(refused) "Unable to parse the target time parameter '...': ...".
HumanTime parse_target_time(const std::string& text);
// What the operator is to know of a time that was typed: that it had no zone, that the clocks showed it twice or never.
std::vector<std::string> doubts_about(const HumanTime& time, const std::string& text);
Lsn parse_target_lsn(const std::string& text);  // throws Error(refused)

}  // namespace barman::restore
