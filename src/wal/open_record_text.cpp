#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>
#include <vector>

#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/wal/open_record.h"

namespace barman {

namespace {

std::string to_hex(std::string_view bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char byte : bytes) fmt::format_to(std::back_inserter(text), "{:02X}", static_cast<unsigned char>(byte));
  return text;
}

bool read_bytes(std::string_view text, std::span<char> bytes, std::uint8_t& count) {
  if (text.size() % 2 != 0 || text.size() / 2 > bytes.size()) return false;
  count = static_cast<std::uint8_t>(text.size() / 2);
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = parse_hex(text.substr(2 * i, 2));
    if (!value) return false;
    bytes[i] = static_cast<char>(*value);
  }
  return true;
}

template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const auto value = parse_hex(text);
  if (!value || *value > std::numeric_limits<Number>::max()) return false;
  number = static_cast<Number>(*value);
  return true;
}

constexpr std::size_t fields_of_any = 5, fields_of_noted = 6, fields_of_prepared = 11;

bool read_scan(std::span<const std::string> fields, PreparedXidScan& scan) {
  std::uint8_t part = 0;
  if (!read_number(fields[0], part) || part > static_cast<std::uint8_t>(PreparedXidScan::Part::done)) return false;
  scan.part = static_cast<PreparedXidScan::Part>(part);
  return read_bytes(fields[1], scan.number, scan.gathered) && scan.gathered < scan.number.size() &&
         read_number(fields[2], scan.flags) && read_number(fields[3], scan.skip) && read_number(fields[4], scan.xid);
}

}  // namespace

// BEGIN:MAGIC:HEADER:BODY-TAKEN:CRC[:HEAD[:PART:NUMBER:FLAGS:SKIP:XID]], all in hexadecimal.
std::string OpenRecord::to_text() const {
  std::string text =
      fmt::format("{:X}:{:X}:{}:{:X}:{:X}", begin_.value, page_magic_, to_hex(header()), body_taken_, crc_);
  if (kind_ == WalRecordKind::other) return text;
  text += ':' + to_hex(head());
  if (prepared_)
    text += fmt::format(":{:X}:{}:{:X}:{:X}:{:X}", static_cast<unsigned>(scan_.part),
                        to_hex({scan_.number.data(), scan_.gathered}), scan_.flags, scan_.skip, scan_.xid);
  return text;
}

std::optional<OpenRecord> OpenRecord::parse(std::string_view text) {
  const std::vector<std::string> fields = split(text, ':');
  if (fields.size() < fields_of_any) return std::nullopt;
  OpenRecord record;
  record.begin_at({}, 0);
  if (!read_number(fields[0], record.begin_.value) || !read_number(fields[1], record.page_magic_) ||
      !read_bytes(fields[2], record.header_, record.header_taken_) || !read_number(fields[3], record.body_taken_) ||
      !read_number(fields[4], record.crc_))
    return std::nullopt;
  if (!record.has_total() || record.total() <= header_size) return std::nullopt;
  if (!record.has_header())
    return record.body_taken_ == 0 && fields.size() == fields_of_any ? std::optional(record) : std::nullopt;
  record.know_header();
  if (record.body_taken_ >= record.total() - header_size) return std::nullopt;
  const bool noted = record.kind_ != WalRecordKind::other;
  if (fields.size() != (record.prepared_ ? fields_of_prepared : noted ? fields_of_noted : fields_of_any))
    return std::nullopt;
  if (!noted) return record;
  if (!read_bytes(fields[5], record.head_, record.head_taken_)) return std::nullopt;
  if (record.head_taken_ != std::min<std::size_t>(record.body_taken_, max_head)) return std::nullopt;
  if (record.prepared_ && !read_scan(std::span(fields).subspan(fields_of_noted), record.scan_)) return std::nullopt;
  return record;
}

}  // namespace barman
