#include "barman/wal/note.h"

#include <algorithm>
#include <bit>

namespace barman {

void WalNote::add(const WalRecord& record) {
  if (!ends_transaction(record.kind)) return;
  if (ends == 0) first_micros = record.micros;
  ++ends;
  last_micros = record.micros;
  last_end = record.begin;
  last_xid = record.xid;
  last_is_abort = record.kind == WalRecordKind::abort;
  latest_micros = std::max(latest_micros, record.micros);
  lowest_xid = std::min(lowest_xid, record.xid);
  highest_xid = std::max(highest_xid, record.xid);
}

void WalNote::put_first(const WalRecord& record) {
  if (last_record == Lsn{}) last_record = record.begin;
  whole_to = std::max(whole_to, static_cast<std::uint32_t>(record.end.value - begin().value));
  if (!ends_transaction(record.kind)) return;
  WalNote alone = *this;
  alone.ends = 0;
  alone.add(record);
  if (ends == 0) {
    *this = alone;
    return;
  }
  ++ends;
  first_micros = record.micros;
  latest_micros = alone.latest_micros;
  lowest_xid = alone.lowest_xid;
  highest_xid = alone.highest_xid;
}

std::optional<std::size_t> find_note(std::span<const WalNote> notes, const Segment& segment) {
  const auto found = std::ranges::lower_bound(notes, segment, {}, &WalNote::segment);
  if (found == notes.end() || found->segment != segment) return std::nullopt;
  return static_cast<std::size_t>(found - notes.begin());
}

namespace {

NotedPoint point_of(const WalRecord& record) { return {record.name, record.micros, record.begin, record.end}; }

}  // namespace

std::optional<WalCarry> carry_behind(const NotedSegment& noted) {
  if (!noted.note.is_whole()) return std::nullopt;
  WalCarry carry{.at = noted.note.behind(), .timeline = noted.note.segment.timeline, .record = noted.open};
  if (noted.note.last_record != Lsn{}) carry.previous = noted.note.last_record;
  return carry.previous || carry.record ? std::optional(carry) : std::nullopt;
}

WalNoter::WalNoter(const Segment& segment, std::optional<WalCarry> before)
    : reader_([this](const WalRecord& record) {
        noted_.note.add(record);
        if (record.kind == WalRecordKind::restore_point) noted_.points.push_back(point_of(record));
      }) {
  noted_.note.segment = segment;
  if (before) reader_.resume(std::move(*before));
  reader_.start(segment);
}

WalNoter::Result WalNoter::finish() {
  WalWalk walk = reader_.finish();
  WalNote& note = noted_.note;
  note.end = walk.end;
  note.joined = walk.joined;
  if (walk.header.segment_size != 0)
    note.size_exponent = static_cast<std::uint8_t>(std::countr_zero(walk.header.segment_size));
  note.whole_to = static_cast<std::uint32_t>(walk.whole_to.value - walk.begin.value);
  if (walk.records > 0) note.last_record = *walk.last_record;
  noted_.reason = walk.reason;
  const std::optional<WalCarry>& carry = reader_.carry();
  if (carry) noted_.open = carry->record;
  return {std::move(noted_), std::move(walk), carry};
}

bool join(const WalCarry& before, WalNoter::Result& result) {
  WalNote& note = result.noted.note;
  const WalJoint joint = join(before, result.walk);
  if (joint.read_again) return false;
  if (joint.problem) {
    // Recovery ends at the beginning: what follows counts for nothing.
    WalNote damaged{.segment = note.segment, .size_exponent = note.size_exponent, .end = WalEnd::damaged};
    result.noted = {damaged, {}, {}, *joint.problem};
    result.carry.reset();
    return true;
  }
  note.joined = true;
  if (joint.record) {
    note.put_first(*joint.record);
    if (joint.record->kind == WalRecordKind::restore_point)
      result.noted.points.insert(result.noted.points.begin(), point_of(*joint.record));
  }
  if (joint.continues) {
    result.carry = before;
    result.carry->at = note.behind();
    result.carry->record = result.noted.open = joint.continues;
  }
  return true;
}

}  // namespace barman
