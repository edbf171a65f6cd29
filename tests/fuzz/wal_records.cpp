// WAL records, the notes made of them, and the lines of these. The first byte says what the rest is: 'r' the beginning
// of a segment; 'm' what to make records of, which then have a right CRC; 't' a line of notes or the text of a carry.
#include <cstring>
#include <string>
#include <vector>

#include "barman/wal/note.h"
#include "fuzz.h"
#include "unit/wal/made_wal.h"

namespace barman::fuzz {
namespace {

struct Seen {
  std::vector<WalRecord> records;
  WalWalk walk;
  std::optional<WalCarry> carry;
};

Seen read(const Segment& segment, std::string_view bytes, std::size_t piece, const std::optional<WalCarry>& before = {},
          WalReader::Yield yield = WalReader::Yield::all) {
  Seen seen;
  WalReader reader([&](const WalRecord& record) { seen.records.push_back(record); }, yield);
  if (before) reader.resume(*before);
  reader.start(segment);
  for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size())))
    reader.feed(rest.substr(0, piece));
  seen.walk = reader.finish();
  seen.carry = reader.carry();
  return seen;
}

bool same_walk(const WalWalk& a, const WalWalk& b) {
  return a.end == b.end && a.at == b.at && a.reason == b.reason && a.records == b.records &&
         a.first_record == b.first_record && a.first_previous == b.first_previous && a.last_record == b.last_record &&
         a.whole_to == b.whole_to && a.joined == b.joined && a.gives_up_record == b.gives_up_record;
}

void require_same(const Seen& a, const Seen& b, const char* promise) {
  require(a.records == b.records && same_walk(a.walk, b.walk) && a.carry == b.carry, promise,
          a.walk.reason + '\n' + b.walk.reason);
}

// However it is cut, and whether or not every record is asked for.
Seen read_in_all_ways(const Segment& segment, std::string_view bytes, const std::optional<WalCarry>& before = {}) {
  const Seen seen = read(segment, bytes, bytes.size() + 1, before);
  const std::size_t few = bytes.size() > 100'000 ? 1'021 : 7;
  require_same(seen, read(segment, bytes, few, before), "it does not matter where the bytes are cut");
  require_same(seen, read(segment, bytes, 8192, before), "it does not matter where the bytes are cut");
  Seen noted = seen;
  std::erase_if(noted.records, [](const WalRecord& record) { return record.kind == WalRecordKind::other; });
  for (const std::size_t piece : {few, std::size_t{10'000}, bytes.size() + 1})
    require_same(noted, read(segment, bytes, piece, before, WalReader::Yield::noted),
                 "what is noted does not depend on what else is asked for");
  return seen;
}

void try_line(std::string_view line) {
  WalNote note;
  std::vector<NotedPoint> points;
  const bool columns = parse_note_line(line, note, points);
  const auto noted = parse_note_line(line);
  if (noted) {
    require(to_line(*noted) == line, "a line of notes round-trips", line);
    require(columns && note == noted->note && points == noted->points, "both readers see the same in it", line);
    carry_behind(*noted);
  }
  if (const auto carry = WalCarry::parse(line)) {
    const auto again = WalCarry::parse(carry->to_text());
    require(again && *again == *carry, "a carry round-trips", line);
  }
}

void try_segment(const Segment& segment, std::string_view bytes, const std::optional<WalCarry>& before = {}) {
  const Seen seen = read_in_all_ways(segment, bytes, before);
  require((seen.walk.end == WalEnd::segment_end) == seen.walk.reason.empty(), "what is not whole has a reason");
  Lsn last{};
  for (const WalRecord& record : seen.records) {
    require(record.begin < record.end && (last <= record.begin), "records follow each other");
    last = record.end;
  }
  if (seen.carry) try_line(seen.carry->to_text());
  WalNoter noter(segment, before);
  noter.feed(bytes);
  WalNoter::Result noted = noter.finish();
  require(parse_note_line(to_line(noted.noted)) == noted.noted, "a note round-trips", to_line(noted.noted));
  if (before && !seen.walk.joined) join(*before, noted);
}

void try_beginning(std::string_view bytes) {
  const auto header = parse_segment_header(bytes);
  const Segment segment =
      header ? segment_at(header->address, header->timeline, header->segment_size) : Segment{1, 0, 1};
  try_segment(segment, bytes);
}

// Records: manager, info, length as u16, and as many bytes; one crosses into a second segment.
void try_made(std::string_view bytes) {
  MadeWal wal(Lsn{0x100000});
  bool crossed = false;
  while (bytes.size() > 4) {
    std::uint16_t size;
    std::memcpy(&size, bytes.data() + 2, sizeof size);
    wal.magic = size % 2 == 0 ? 0xD110 : 0xD118;
    const std::string_view body = bytes.substr(4, size);
    wal.add(static_cast<std::uint8_t>(bytes[0] & 1), static_cast<std::uint8_t>(bytes[1]), 7, body);
    bytes.remove_prefix(4 + body.size());
    if (!crossed && bytes.size() % 3 == 0) {
      wal.fill_segment(static_cast<std::uint32_t>(bytes.size() % 32 * 8 + 8));
      crossed = true;
    }
  }
  std::optional<WalCarry> carry;
  const auto segments = wal.segments();
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::string_view written =
        std::string_view(segments[i]).substr(0, crossed && i == 0 ? segments[i].size() : 70000);
    const Seen after = read_in_all_ways(wal.segment(i), written, carry);
    if (carry) {
      WalNoter apart(wal.segment(i)), resumed(wal.segment(i), carry);
      apart.feed(written);
      resumed.feed(written);
      WalNoter::Result a = apart.finish(), b = resumed.finish();
      if (join(*carry, a) && a.noted.note.end != WalEnd::damaged && b.noted.note.end != WalEnd::damaged)
        require(a.noted == b.noted, "two walks joined are as one", to_line(a.noted) + '\n' + to_line(b.noted));
    }
    carry = after.carry;
  }
}

}  // namespace

void one_input(std::string_view bytes) {
  if (bytes.empty()) return;
  const std::string_view rest = bytes.substr(1);
  if (bytes[0] == 't') return try_line(rest);
  if (bytes[0] == 'm') return try_made(rest.substr(0, 4096));
  try_beginning(rest);
}

}  // namespace barman::fuzz
