#include "barman/wal/reader.h"

#include <fmt/core.h>

#include <algorithm>

#include "bytes.h"
#include "page_header.h"
#include "record_header.h"
#include "record_run.h"

namespace barman {

namespace {

constexpr std::uint32_t longest_record = std::uint32_t{1} << 30;  // PostgreSQL's own limit is a little lower

std::string at(Lsn lsn) { return to_string(lsn); }

}  // namespace

void WalReader::start(const Segment& segment) {
  segment_ = segment;
  walk_ = {};
  offset_ = 0;
  base_ = {};
  header_taken_ = 0;
  magic_ = 0;
  timeline_ = 0;
  padding_ = rest_ = 0;
  previous_.reset();
  open_ = false;
  state_ = State::page_header;
  after_header_ = State::record;
}

void WalReader::feed(std::string_view piece) {
  while (!piece.empty() && state_ != State::ended) {
    if (const std::size_t count = take_run(piece)) {
      offset_ += count;
      piece.remove_prefix(count);
      continue;
    }
    if (knows_size() && offset_ == walk_.header.segment_size) {
      damage(fmt::format("there are more bytes than the {} of the segment", offset_));
      return;
    }
    if (offset_ % wal_page_size == 0 && state_ != State::page_header && state_ != State::switched) {
      after_header_ = state_;
      state_ = State::page_header;
      header_taken_ = 0;
    }
    const std::size_t left = wal_page_size - offset_ % wal_page_size;
    const std::size_t taken = step(piece.substr(0, left));
    offset_ += taken;
    piece.remove_prefix(taken);
    if (state_ == State::page_header && header_taken_ == header_size()) judge_header({header_.data(), header_taken_});
  }
}

std::size_t WalReader::step(std::string_view bytes) {
  switch (state_) {
    case State::page_header:
      return take_header(bytes);
    case State::padding:
      return take_padding(bytes);
    case State::rest:
      return take_rest(bytes);
    case State::record:
      return take_record(bytes);
    case State::behind:
      return take_behind(bytes);
    case State::switched:
    case State::ended:
      break;
  }
  return bytes.size();
}

Lsn WalReader::page_start() const { return {here().value / wal_page_size * wal_page_size}; }

// Of the first page, and of those behind it.
std::uint32_t WalReader::header_size() const {
  return offset_ <= segment_header_size ? static_cast<std::uint32_t>(segment_header_size) : page_header_size;
}

std::size_t WalReader::take_header(std::string_view bytes) {
  const std::size_t count = std::min(header_size() - header_taken_, bytes.size());
  std::copy_n(bytes.data(), count, header_.data() + header_taken_);
  header_taken_ += count;
  return count;
}

std::size_t WalReader::take_padding(std::string_view bytes) {
  const std::size_t count = std::min<std::size_t>(padding_, bytes.size());
  padding_ -= static_cast<std::uint32_t>(count);
  if (padding_ == 0) state_ = State::record;
  return count;
}

std::size_t WalReader::take_rest(std::string_view bytes) {
  const std::size_t count = std::min<std::size_t>(rest_, bytes.size());
  walk_.opening->take(bytes.substr(0, count));
  rest_ -= static_cast<std::uint32_t>(count);
  if (rest_ == 0) {
    wait_for_record(offset_ + count);
    walk_.opening_end = {here().value + count + padding_};
  }
  return count;
}

std::size_t WalReader::take_run(std::string_view piece) {
  if (state_ != State::record || open_ || !previous_ || yield_ == Yield::all) return 0;
  const RecordRun run = read_run(piece.substr(0, walk_.header.segment_size - offset_), here(), *previous_,
                                 {.magic = magic_, .timeline = timeline_}, visit_);
  if (run.records == 0) return 0;
  if (!walk_.first_record) {
    walk_.first_record = run.first;
    walk_.first_previous = *previous_;
  }
  walk_.records += run.records;
  walk_.last_record = previous_ = run.last;
  walk_.at = walk_.whole_to = {here().value + run.bytes};
  return run.bytes;
}

std::size_t WalReader::take_record(std::string_view bytes) {
  if (!open_) record_.begin_at(here(), magic_);
  open_ = true;
  const bool knew_header = record_.has_header();
  const std::size_t count = record_.take(bytes);
  if (!record_.has_total()) return count;
  if (!knew_header) judge_record_header();
  if (state_ != State::record || record_.remaining() > 0) return count;
  complete_record(offset_ + count);
  return state_ == State::padding ? count + take_padding(bytes.substr(count)) : count;
}

// As soon as the length has arrived, since the pages that follow are judged by it.
void WalReader::judge_record_header() {
  const Lsn begin = record_.begin();
  if (record_.total() == 0) {
    open_ = false;
    end_unwritten(fmt::format("nothing was written behind {}", at(begin)));
    if (!is_zeros(record_.header())) damage_page(page_start(), "has zeros where a record should begin");
    return;
  }
  if (record_.total() < OpenRecord::header_size || record_.total() > longest_record)
    return end_walk(WalEnd::damaged, begin,
                    fmt::format("the record at {} has an impossible length, {} bytes", at(begin), record_.total()));
  if (!record_.has_header()) return;
  const Lsn previous = record_.previous();
  if (previous_ && previous != *previous_)
    return end_walk(
        WalEnd::damaged, begin,
        fmt::format("the record at {} follows one at {}, not the one at {}", at(begin), at(previous), at(*previous_)));
  if (previous >= begin)
    return end_walk(WalEnd::damaged, begin,
                    fmt::format("the record at {} follows one that comes later, at {}", at(begin), at(previous)));
}

void WalReader::complete_record(std::uint64_t end_offset) {
  const Lsn begin = record_.begin();
  open_ = false;
  if (!record_.crc_matches())
    return end_walk(WalEnd::damaged, begin, fmt::format("the CRC of the record at {} is wrong", at(begin)));
  const bool ends_segment = record_.kind() == WalRecordKind::segment_switch;
  if (!ends_segment) wait_for_record(end_offset);
  const Lsn end{base_.value + (ends_segment ? walk_.header.segment_size : end_offset + padding_)};
  std::optional<WalRecord> record;
  if (yield_ == Yield::all || record_.kind() != WalRecordKind::other) {
    record = record_.finish(end);
    if (!record)
      return end_walk(WalEnd::damaged, begin,
                      fmt::format("the record at {} is not what PostgreSQL writes of its kind", at(begin)));
  }
  ++walk_.records;
  if (begin >= base_ && !walk_.first_record) {
    walk_.first_record = begin;
    walk_.first_previous = record_.previous();
  }
  walk_.last_record = begin;
  previous_ = begin;
  walk_.at = walk_.whole_to = end;
  if (ends_segment) state_ = State::switched;
  if (record) visit_(*record);
}

// A page ends where a record can begin.
void WalReader::wait_for_record(std::uint64_t end) {
  padding_ = padding_behind(end);
  state_ = padding_ == 0 ? State::record : State::padding;
}

// ---- The end
// ----------------------------------------------------------------------------------------------------------

void WalReader::end_walk(WalEnd end, Lsn where, std::string reason) {
  walk_.end = end;
  walk_.at = where;
  walk_.reason = std::move(reason);
  state_ = State::ended;
}

// What follows is looked at, too: pages that were written behind what was not written are a gap.
void WalReader::end_unwritten(std::string reason) {
  walk_.end = WalEnd::never_written;
  walk_.reason = std::move(reason);
  state_ = State::behind;
  zeros_only_ = true;
}

std::size_t WalReader::take_behind(std::string_view bytes) {
  if (zeros_only_ && !is_zeros(bytes)) damage_page(page_start(), "has zeros where a record should begin");
  return bytes.size();
}

WalWalk WalReader::finish() {
  const bool whole = knows_size() && offset_ == walk_.header.segment_size;
  if (walk_.end == WalEnd::segment_end && !whole)
    damage(knows_size() ? fmt::format("the segment ends after {} of {} bytes", offset_, walk_.header.segment_size)
                        : fmt::format("the segment ends after {} bytes, within its header", offset_));
  carry_.reset();
  if (walk_.end == WalEnd::segment_end && (previous_ || open_))
    carry_ =
        WalCarry{here(), previous_, timeline_, walk_.header.system_id, open_ ? std::optional(record_) : std::nullopt};
  state_ = State::ended;
  return std::move(walk_);
}

}  // namespace barman
