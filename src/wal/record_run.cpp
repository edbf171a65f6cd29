#include "record_run.h"

#include <algorithm>

#include "barman/core/crc32c.h"
#include "barman/wal/open_record.h"
#include "bytes.h"
#include "record_body.h"
#include "record_header.h"

namespace barman {

namespace {

std::uint64_t left_of_page(Lsn lsn) { return wal_page_size - lsn.value % wal_page_size; }

// What is still to come of the piece.
struct Cursor {
  std::string_view bytes;
  Lsn at;

  std::string_view take(std::size_t count) {
    const std::string_view taken = bytes.substr(0, count);
    bytes.remove_prefix(taken.size());
    at.value += taken.size();
    return taken;
  }
};

// Whether the page that begins here says that `rest` bytes of a record follow, as it should.
bool enter_page(Cursor& cursor, std::uint32_t rest, const PageHeader& before) {
  if (cursor.bytes.size() < page_header_size) return false;
  const Lsn address = cursor.at;
  const PageHeader page = parse_page_header(cursor.take(page_header_size));
  const std::uint16_t flags = page.info & ~PageHeader::removable;
  return page.magic == before.magic && page.timeline == before.timeline && page.address == address &&
         page.rest == rest && flags == (rest > 0 ? PageHeader::continues_record : 0);
}

// One record. Where it is not like most of them: false, and the cursor is anywhere.
bool take_record(Cursor& cursor, Lsn previous, const PageHeader& page,
                 const std::function<void(const WalRecord&)>& visit) {
  const Lsn begin = cursor.at;
  std::uint64_t in_page = left_of_page(begin);
  if (std::min<std::uint64_t>(in_page, cursor.bytes.size()) < OpenRecord::header_size) return false;
  const std::string_view header = cursor.take(OpenRecord::header_size);
  in_page -= OpenRecord::header_size;
  const auto total = number_at<std::uint32_t>(header, RecordHeader::at_total);
  if (total < OpenRecord::header_size || total - OpenRecord::header_size > cursor.bytes.size()) return false;
  if (number_at<std::uint64_t>(header, RecordHeader::at_previous) != previous.value || previous >= begin) return false;
  const auto [kind, prepared] = kind_of_record(header);
  const std::uint32_t size = total - OpenRecord::header_size;
  if (kind != WalRecordKind::other && (prepared || kind == WalRecordKind::segment_switch || size > in_page))
    return false;
  const std::string_view body = cursor.take(std::min<std::uint64_t>(size, in_page));
  std::uint32_t crc = crc32c(body);
  for (std::size_t taken = body.size(); taken < size;) {
    const auto rest = static_cast<std::uint32_t>(size - taken);
    if (!enter_page(cursor, rest, page)) return false;
    const std::size_t wanted = std::min<std::size_t>(rest, wal_page_size - page_header_size);
    if (cursor.bytes.size() < wanted) return false;
    crc = crc32c(cursor.take(wanted), crc);
    taken += wanted;
  }
  if (crc32c(header.substr(0, RecordHeader::at_crc), crc) != number_at<std::uint32_t>(header, RecordHeader::at_crc))
    return false;
  const std::uint32_t padding = padding_behind(cursor.at.value);
  if (cursor.take(padding).size() < padding) return false;
  if (kind == WalRecordKind::other) return true;
  WalRecord record{.kind = kind, .begin = begin, .end = cursor.at};
  record.xid = number_at<std::uint32_t>(header, RecordHeader::at_xid);
  if (!read_body(body.substr(0, OpenRecord::max_head), size, record)) return false;
  visit(record);
  return true;
}

}  // namespace

RecordRun read_run(std::string_view piece, Lsn begin, Lsn previous, const PageHeader& page,
                   const std::function<void(const WalRecord&)>& visit) {
  RecordRun run{.last = previous};
  Cursor cursor{piece, begin};
  for (;;) {
    if (cursor.at.value % wal_page_size == 0 && !enter_page(cursor, 0, page)) return run;
    const Lsn record = cursor.at;
    if (!take_record(cursor, run.last, page, visit)) return run;
    if (run.records == 0) run.first = record;
    run.last = record;
    ++run.records;
    run.bytes = piece.size() - cursor.bytes.size();
  }
}

}  // namespace barman
