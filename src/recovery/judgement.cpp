#include "barman/recovery/judgement.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/time.h"

namespace barman::recovery {

namespace {

TransactionEnd end_of(const WalRecord& record) {
  return {record.begin, record.xid, record.micros, record.kind == WalRecordKind::abort};
}

// Recovery from one backup, as far as the WAL reaches without a gap.
class Recovery {
 public:
  Recovery(const Archive& archive, const Chain& chain, const BaseBackup& backup, const ReadRecords& read)
      : archive_(archive), chain_(chain), backup_(backup), read_(read) {
    first_ = chain.find(backup.begin);
    last_ = chain.run_end(chain.find({std::max(backup.end.value, backup.begin.value + 1) - 1}));
  }

  Judgement judge(const TargetTime& target) const;
  Judgement judge(const TargetXid& target) const;
  Judgement judge(const TargetLsn& target) const;
  Judgement judge(const TargetName& target) const;
  Judgement judge(const TargetImmediate& target) const;
  Judgement judge(const TargetLatest& target) const;

 private:
  // A record in a segment, and the records of that.
  struct Found {
    std::size_t at = 0;
    std::vector<WalRecord> records;
    std::size_t index = 0;
    const WalRecord& record() const { return records[index]; }
  };
  template <typename May, typename Is>
  std::optional<Found> find(WalReader::Yield yield, May&& may_hold, Is&& is) const;

  std::optional<TransactionEnd> last_before(const Found& found) const;
  std::optional<TransactionEnd> last_up_to(std::size_t at) const;
  Judgement stop_before(const Found& found, bool by_lsn = false) const;
  Judgement stop_behind(const Found& found) const;
  Lsn previous_of(const Found& found) const;
  Judgement too_early(std::string_view what) const;
  Judgement not_reached(const std::string& what) const;
  Judgement stopped(const Stop& stop, std::size_t at) const { return {stop, "", {}, false, chain_[at].segment}; }
  std::string reach() const;

  const Archive& archive_;
  const Chain& chain_;
  const BaseBackup& backup_;
  const ReadRecords& read_;
  std::size_t first_ = 0, last_ = 0;
};

// The first record from the backup's begin on.
template <typename May, typename Is>
std::optional<Recovery::Found> Recovery::find(WalReader::Yield yield, May&& may_hold, Is&& is) const {
  for (std::size_t at = first_; at <= last_; ++at) {
    if (!may_hold(chain_[at])) continue;
    Found found{at, read_(chain_[at].segment, yield)};
    for (; found.index < found.records.size(); ++found.index)
      if (found.record().begin >= backup_.begin && is(found.record())) return found;
  }
  return std::nullopt;
}

std::optional<TransactionEnd> Recovery::last_up_to(std::size_t at) const {
  for (++at; at-- > first_;) {
    const WalNote& note = chain_[at];
    if (note.ends == 0) continue;
    if (note.last_end < backup_.begin) return std::nullopt;
    return TransactionEnd{note.last_end, note.last_xid, note.last_micros, note.last_is_abort};
  }
  return std::nullopt;
}

std::optional<TransactionEnd> Recovery::last_before(const Found& found) const {
  for (std::size_t i = found.index; i-- > 0;) {
    const WalRecord& record = found.records[i];
    if (record.begin < backup_.begin) return std::nullopt;
    if (ends_transaction(record.kind)) return end_of(record);
  }
  return found.at == first_ ? std::nullopt : last_up_to(found.at - 1);
}

Lsn Recovery::previous_of(const Found& found) const {
  if (found.index > 0) return found.records[found.index - 1].begin;
  for (std::size_t at = found.at; at-- > first_;)
    if (chain_[at].last_record != Lsn{}) return chain_[at].last_record;
  return backup_.begin;
}

std::string Recovery::reach() const {
  const WalNote& note = chain_[last_];
  const std::string end = to_string(note.is_whole() ? note.behind() : Lsn{note.begin().value + note.whole_to});
  const std::vector<Segment> missing = chain_.missing_behind(last_, 1);
  if (chain_.ended_by(last_) == EndedBy::damaged_wal)
    return fmt::format("the WAL of backup {} ends at {}, from where on segment {} cannot be replayed", backup_.id, end,
                       to_string(note.segment));
  if (missing.empty()) return fmt::format("the WAL of backup {} ends at {}", backup_.id, end);
  return fmt::format("the WAL of backup {} ends at {}, where segment {} is missing", backup_.id, end,
                     to_string(missing.front()));
}

Judgement Recovery::too_early(std::string_view what) const {
  Judgement judgement;
  judgement.reason =
      fmt::format("{} lies before {}, where backup {} becomes consistent", what, to_string(backup_.end), backup_.id);
  judgement.read_to = chain_[last_].segment;
  return judgement;
}

Judgement Recovery::not_reached(const std::string& what) const {
  Judgement judgement;
  judgement.reason = fmt::format("{}; {}", what, reach());
  judgement.lacks_wal = true;
  judgement.read_to = chain_[last_].segment;
  return judgement;
}

Judgement Recovery::stop_before(const Found& found, bool by_lsn) const {
  if (found.record().begin < backup_.end) return too_early("the target");
  const auto last = last_before(found);
  if (by_lsn) return stopped({StopKind::lsn, previous_of(found), last}, found.at);
  if (!last) return stopped({StopKind::consistent, backup_.end, last}, found.at);
  return stopped({last->is_abort ? StopKind::abort : StopKind::commit, last->lsn, last}, found.at);
}

Judgement Recovery::stop_behind(const Found& found) const {
  const WalRecord& record = found.record();
  if (record.end < backup_.end) return too_early("the target");
  if (record.kind == WalRecordKind::restore_point)
    return stopped({StopKind::restore_point, record.begin, last_before(found), record.micros}, found.at);
  if (!ends_transaction(record.kind)) return stopped({StopKind::lsn, record.begin, last_before(found)}, found.at);
  const StopKind kind = record.kind == WalRecordKind::abort ? StopKind::abort : StopKind::commit;
  return stopped({kind, record.begin, end_of(record)}, found.at);
}

// Just before the first commit or abort that is later. Times need not ascend: it is the first one in the stream.
Judgement Recovery::judge(const TargetTime& target) const {
  const auto is_later = [&](std::int64_t micros) {
    return target.inclusive ? micros > target.micros : micros >= target.micros;
  };
  const auto found = find(
      WalReader::Yield::noted, [&](const WalNote& note) { return note.ends > 0 && is_later(note.latest_micros); },
      [&](const WalRecord& record) { return ends_transaction(record.kind) && is_later(record.micros); });
  if (found && found->record().begin >= backup_.end) return stop_before(*found);

  const Edge edge = edge_of(chain_, backup_, read_);
  std::optional<std::int64_t> latest = edge.behind;
  for (std::size_t at = edge.at + 1; at <= last_; ++at)
    if (chain_[at].ends > 0) latest = std::max(latest.value_or(chain_[at].latest_micros), chain_[at].latest_micros);
  Nearest nearest;
  const bool any = latest && (!edge.before || *edge.before < *latest);
  if (any && found) nearest.after = edge.before ? *edge.before + (target.inclusive ? 0 : 1) : target.micros;
  if (any && !found) nearest.before = target.inclusive ? *latest - 1 : *latest;
  Judgement judgement =
      found ? too_early("the first later commit or abort") : not_reached("no commit or abort is later");
  judgement.nearest = nearest;
  return judgement;
}

Judgement Recovery::judge(const TargetXid& target) const {
  const auto found = find(
      WalReader::Yield::noted,
      [&](const WalNote& note) {
        return note.ends > 0 && note.lowest_xid <= target.xid && target.xid <= note.highest_xid;
      },
      [&](const WalRecord& record) { return ends_transaction(record.kind) && record.xid == target.xid; });
  if (found) return target.inclusive ? stop_behind(*found) : stop_before(*found);
  return not_reached(fmt::format("transaction {} does not end in it", target.xid));
}

Judgement Recovery::judge(const TargetLsn& target) const {
  const auto found = find(
      WalReader::Yield::all,
      [&](const WalNote& note) { return note.last_record >= std::max(target.lsn, backup_.begin); },
      [&](const WalRecord& record) { return record.begin >= target.lsn; });
  if (found) return target.inclusive ? stop_behind(*found) : stop_before(*found, true);
  return not_reached(fmt::format("no record begins at {} or later", to_string(target.lsn)));
}

Judgement Recovery::judge(const TargetName& target) const {
  const auto found = find(
      WalReader::Yield::noted,
      [&](const WalNote& note) {
        const auto at = std::ranges::lower_bound(archive_.points, note.segment, {}, &ArchivedPoint::segment);
        for (auto each = at; each != archive_.points.end() && each->segment == note.segment; ++each)
          if (each->point.name == target.name && each->point.begin >= backup_.begin) return true;
        return false;
      },
      [&](const WalRecord& record) {
        return record.kind == WalRecordKind::restore_point && record.name == target.name;
      });
  if (found) return stop_behind(*found);
  return not_reached(fmt::format("there is no restore point '{}' in it", target.name));
}

Judgement Recovery::judge(const TargetImmediate&) const {
  const auto found = find(
      WalReader::Yield::all,
      [&](const WalNote& note) { return note.behind() >= backup_.end && note.last_record != Lsn{}; },
      [&](const WalRecord& record) { return record.end >= backup_.end; });
  if (!found) return stopped({StopKind::consistent, backup_.end, last_up_to(last_)}, last_);
  const bool is_end = ends_transaction(found->record().kind);
  return stopped(
      {StopKind::consistent, backup_.end, is_end ? std::optional(end_of(found->record())) : last_before(*found)},
      found->at);
}

Judgement Recovery::judge(const TargetLatest&) const {
  const WalNote& note = chain_[last_];
  return stopped({StopKind::end_of_wal, note.is_whole() ? note.behind() : Lsn{note.begin().value + note.whole_to},
                  last_up_to(last_)},
                 last_);
}

}  // namespace

Judgement judge(const Archive& archive, const Chain& chain, const BaseBackup& backup, const Target& target,
                const ReadRecords& read) {
  const auto problem = chain.problem(backup);
  Judgement judgement;
  if (!problem) {
    judgement.reason = fmt::format("backup {} is not on the way to timeline {}", backup.id, chain.path().target());
    return judgement;
  }
  if (!problem->empty()) {
    judgement.reason = fmt::format("backup {} cannot be restored: {}", backup.id, *problem);
    judgement.lacks_wal = true;
    return judgement;
  }
  const Recovery recovery(archive, chain, backup, read);
  return std::visit([&](const auto& each) { return recovery.judge(each); }, target);
}

}  // namespace barman::recovery
