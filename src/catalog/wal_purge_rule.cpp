#include "barman/catalog/wal_purge_rule.h"

#include <algorithm>
#include <tuple>

namespace barman::catalog {
namespace {

constexpr std::size_t segment_name_size = 24;

// Backups whose timeline holds WAL that may still be needed.
bool uses_wal(const BackupInfo& backup) {
  return backup.copy_done() || backup.status == BackupStatus::started || backup.status == BackupStatus::syncing;
}

// Whether WAL must be there for it to be restored.
bool needs_wal(const BackupInfo& backup) {
  return backup.copy_done() || backup.status == BackupStatus::syncing || backup.status == BackupStatus::unknown;
}

bool is_older(const Segment& a, const Segment& b) { return std::tie(a.log, a.seg) < std::tie(b.log, b.seg); }

WalPurgeRule rule_up_to(const std::vector<const BackupInfo*>& backups, const BackupInfo& removed_or_first,
                        const BackupInfo* limit) {
  WalPurgeRule rule;
  for (const BackupInfo* backup : backups)
    if (backup->backup_id != removed_or_first.backup_id && uses_wal(*backup) && backup->timeline)
      rule.protected_timelines.insert(static_cast<std::uint32_t>(*backup->timeline));
  if (limit) {
    rule.limit = limit->begin_wal;
    if (limit->timeline) rule.protected_timelines.erase(static_cast<std::uint32_t>(*limit->timeline));
  }
  return rule;
}

// Then it needs nothing but the WAL from its begin to its end.
bool is_standalone(const BackupInfo& backup, const Keeps& keep) {
  return keep(backup.backup_id) == KeepTarget::standalone && is_wal_segment(backup.begin_wal.value_or("")) &&
         is_wal_segment(backup.end_wal.value_or(""));
}

bool covers(const Segment& from, const Segment& other) {
  return from.timeline <= other.timeline && !is_older(other, from);
}

// What all others need, regardless of their ids, times and order. False: that is unknown for one of them.
bool protect_others(WalPurgeRule& rule, const std::vector<const BackupInfo*>& backups, const BackupInfo& removed,
                    const Keeps& keep) {
  for (const BackupInfo* backup : backups) {
    if (backup->backup_id == removed.backup_id || !needs_wal(*backup)) continue;
    const auto begin = parse_segment(backup->begin_wal.value_or(""));
    if (!begin) return false;
    if (is_standalone(*backup, keep))
      rule.protected_ranges.emplace_back(*backup->begin_wal, *backup->end_wal);
    else
      rule.keep_from(*begin);
  }
  return true;
}

}  // namespace

// Keeps the list as short as it can be: the rule is asked about each file.
void WalPurgeRule::keep_from(const Segment& begin) {
  if (std::ranges::any_of(needed_from, [&](const Segment& from) { return covers(from, begin); })) return;
  std::erase_if(needed_from, [&](const Segment& from) { return covers(begin, from); });
  needed_from.push_back(begin);
}

bool WalPurgeRule::stays(std::string_view name) const {
  if (limit && name >= *limit) return true;
  const auto parsed = parse_wal_name(name);
  if (!parsed || parsed->kind == WalKind::history || protected_timelines.contains(parsed->segment.timeline))
    return true;
  const bool needed =
      std::ranges::any_of(needed_from, [&](const Segment& from) { return covers(from, parsed->segment); });
  const std::string_view segment = parsed->kind == WalKind::backup_label ? name.substr(0, segment_name_size) : name;
  return needed || std::ranges::any_of(protected_ranges, [&](const auto& range) {
           return range.first <= segment && segment <= range.second;
         });
}

std::optional<WalPurgeRule> rule_for_deletion(const std::vector<const BackupInfo*>& in_order, const BackupInfo& backup,
                                              const Keeps& keep, Requester requester,
                                              const config::ServerConfig& config) {
  const auto own = std::ranges::find(in_order, backup.backup_id, &BackupInfo::backup_id);
  const bool an_earlier_one_needs_it = std::any_of(in_order.begin(), own, [&](const BackupInfo* earlier) {
    return earlier->copy_done() && (requester != Requester::retention_policy || !is_standalone(*earlier, keep));
  });
  if (an_earlier_one_needs_it) return std::nullopt;
  const auto next = std::find_if(own == in_order.end() ? own : std::next(own), in_order.end(),
                                 [](const BackupInfo* later) { return later->copy_done(); });
  const BackupInfo* limit = next == in_order.end() ? nullptr : *next;
  if (!limit && !config.exclusive()) limit = &backup;
  if (limit && !limit->begin_wal) return std::nullopt;
  WalPurgeRule rule = rule_up_to(in_order, backup, limit);
  if (!protect_others(rule, in_order, backup, keep)) return std::nullopt;
  return rule;
}

std::optional<WalPurgeRule> rule_for_first_backup(const std::vector<const BackupInfo*>& in_order,
                                                  const BackupInfo& backup) {
  if (!backup.begin_wal) return std::nullopt;
  const bool has_company = std::ranges::any_of(
      in_order, [&](const BackupInfo* other) { return other->copy_done() && other->backup_id != backup.backup_id; });
  if (has_company) return std::nullopt;
  WalPurgeRule rule = rule_up_to(in_order, backup, &backup);
  if (!protect_others(rule, in_order, backup, [](const std::string&) { return std::nullopt; })) return std::nullopt;
  return rule;
}

}  // namespace barman::catalog
