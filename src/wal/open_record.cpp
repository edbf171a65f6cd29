#include "barman/wal/open_record.h"

#include <algorithm>

#include "barman/core/crc32c.h"
#include "bytes.h"
#include "record_body.h"
#include "record_header.h"

namespace barman {

void WalOpening::take(std::string_view bytes) {
  crc = crc32c(bytes, crc);
  taken += static_cast<std::uint32_t>(bytes.size());
  if (head.size() < max_head) head.append(bytes.substr(0, max_head - head.size()));
}

void OpenRecord::begin_at(Lsn begin, std::uint16_t page_magic) {
  begin_ = begin;
  page_magic_ = page_magic;
  kind_ = WalRecordKind::other;
  prepared_ = false;
  header_taken_ = head_taken_ = 0;
  body_taken_ = crc_ = 0;
}

std::uint32_t OpenRecord::total() const { return number_at<std::uint32_t>(header(), 0); }
Lsn OpenRecord::previous() const { return {number_at<std::uint64_t>(header(), RecordHeader::at_previous)}; }
std::uint32_t OpenRecord::remaining() const { return std::max(total(), header_size) - header_taken_ - body_taken_; }

std::size_t OpenRecord::take(std::string_view bytes) {
  const std::size_t of_header = has_header() ? 0 : take_header(bytes);
  if (!has_header()) return of_header;
  bytes = bytes.substr(of_header, remaining());
  take_body(bytes);
  return of_header + bytes.size();
}

std::size_t OpenRecord::take_header(std::string_view bytes) {
  const std::size_t count = std::min<std::size_t>(header_size - header_taken_, bytes.size());
  std::copy_n(bytes.data(), count, header_.data() + header_taken_);
  header_taken_ = static_cast<std::uint8_t>(header_taken_ + count);
  if (has_header()) know_header();
  return count;
}

void OpenRecord::know_header() {
  const auto [kind, prepared] = kind_of_record(header());
  kind_ = kind;
  prepared_ = prepared;
  if (prepared) scan_ = {};
}

void OpenRecord::take_body(std::string_view bytes) {
  if (bytes.empty()) return;
  crc_ = crc32c(bytes, crc_);
  if (kind_ != WalRecordKind::other) look_at(bytes);
  body_taken_ += static_cast<std::uint32_t>(bytes.size());
}

// Keeps the head of the body, and gives what follows it in a prepared transaction's end to the search for its xid:
// once the head is complete, it tells where the main data begin.
void OpenRecord::look_at(std::string_view bytes) {
  const std::size_t kept = std::min(bytes.size(), max_head - head_taken_);
  std::copy_n(bytes.data(), kept, head_.data() + head_taken_);
  head_taken_ = static_cast<std::uint8_t>(head_taken_ + kept);
  const std::size_t body = total() - header_size, wanted = std::min(body, max_head);
  if (!prepared_ || head_taken_ < wanted) return;
  const auto begin = main_data(head(), body);
  if (!begin) return;
  if (kept > 0) scan_.take(head().substr(*begin), page_magic_);
  scan_.take(bytes.substr(kept), page_magic_);
}

bool OpenRecord::take(const WalOpening& opening) {
  const std::string_view head = opening.head;
  const std::size_t of_header = has_header() ? 0 : take_header(head);
  const std::string_view body = head.substr(of_header);
  const std::uint32_t body_size = opening.taken - static_cast<std::uint32_t>(of_header);
  const std::uint32_t crc_of_header = crc32c(head.substr(0, of_header));
  const std::uint32_t crc_of_body = opening.crc ^ crc32c_joined(crc_of_header, 0, body_size);
  crc_ = crc32c_joined(crc_, crc_of_body, body_size);
  if (has_header() && kind_ != WalRecordKind::other) look_at(body);
  body_taken_ += body_size;
  return body_size == body.size() || !prepared_ || scan_.part == PreparedXidScan::Part::done;
}

bool OpenRecord::crc_matches() const {
  return crc32c(header().substr(0, RecordHeader::at_crc), crc_) ==
         number_at<std::uint32_t>(header(), RecordHeader::at_crc);
}

std::optional<WalRecord> OpenRecord::finish(Lsn end) const {
  WalRecord record{.kind = kind_, .prepared = prepared_, .begin = begin_, .end = end};
  record.xid = number_at<std::uint32_t>(header(), RecordHeader::at_xid);
  if (kind_ == WalRecordKind::other || kind_ == WalRecordKind::segment_switch) return record;
  if (!read_body(head(), total() - header_size, record)) return std::nullopt;
  if (!prepared_) return record;
  const bool has_flags =
      (number_at<std::uint8_t>(header(), RecordHeader::at_info) & RecordHeader::transaction_has_flags) != 0;
  if (!has_flags || scan_.xid == 0) return std::nullopt;
  record.xid = scan_.xid;
  return record;
}

}  // namespace barman
