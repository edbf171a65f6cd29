#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "barman/wal/record.h"

namespace barman {

// Finds the xid of a prepared transaction in the main data of the record that ends it (xl_xact_commit and
// xl_xact_abort in PostgreSQL's access/xact.h), whatever lies before: of lists that can be long, nothing is kept.
struct PreparedXidScan {
  enum class Part : std::uint8_t { flags, database, children, relations, statistics, invalidations, xid, done };

  Part part = Part::flags;
  std::uint8_t gathered = 0;                  // bytes of `number`
  std::array<char, 4> number{};               // the next number, as far as it has arrived
  std::uint32_t flags = 0;                    // xinfo
  std::uint64_t skip = sizeof(std::int64_t);  // bytes to leave out first; to begin with, the time
  std::uint32_t xid = 0;

  void take(std::string_view main_data, std::uint16_t page_magic);

 private:
  void use(std::uint32_t value, std::uint16_t page_magic);
  void proceed();
};

// The part of a record that lies between two page headers may itself have been cut anywhere: its bytes, not kept.
struct WalOpening {
  std::uint32_t announced = 0;  // bytes of the record that were to follow
  std::uint32_t taken = 0;      // of these, in this segment
  std::uint32_t crc = 0;        // of what was taken
  std::string head;             // the first of it, at most max_head

  static constexpr std::size_t max_head = 65536;
  void take(std::string_view bytes);
};

// A record of which bytes are still to come. Holds its header and the head of its body, never all of it: a record has
// up to a gigabyte. A value: a segment ends with it, and the walk over the next one begins with it.
class OpenRecord {
 public:
  static constexpr std::uint32_t header_size = 24;
  static constexpr std::size_t max_head = 96;  // more than header of main data and a restore point or checkpoint

  OpenRecord() = default;
  // Forgets what it was.
  void begin_at(Lsn begin, std::uint16_t page_magic);

  // Takes the bytes of `bytes` that belong to the record, and says how many these were. Of a record whose total size
  // (the first four bytes) is less than its header nothing but the header is taken.
  std::size_t take(std::string_view bytes);
  // The same for what a walk found that did not know the record. False when that has kept too little of it to tell
  // what the record is: the segment has to be read again, behind this record.
  bool take(const WalOpening& opening);

  Lsn begin() const { return begin_; }
  bool has_total() const { return header_taken_ >= sizeof(std::uint32_t); }
  bool has_header() const { return header_taken_ == header_size; }
  std::uint32_t total() const;      // needs has_total()
  Lsn previous() const;             // needs has_header(); where the record before it begins
  std::uint32_t remaining() const;  // needs has_total()
  std::string_view header() const { return {header_.data(), header_taken_}; }
  WalRecordKind kind() const { return kind_; }  // needs has_header()

  bool crc_matches() const;  // needs all of it
  // Needs all of it. std::nullopt when the record is not as PostgreSQL writes one of its kind.
  std::optional<WalRecord> finish(Lsn end) const;

  std::string to_text() const;  // letters, digits and ':'
  static std::optional<OpenRecord> parse(std::string_view text);
  friend bool operator==(const OpenRecord& a, const OpenRecord& b) { return a.to_text() == b.to_text(); }

 private:
  std::size_t take_header(std::string_view bytes);
  void take_body(std::string_view bytes);
  void look_at(std::string_view bytes);
  std::string_view head() const { return {head_.data(), head_taken_}; }
  void know_header();

  Lsn begin_;
  std::uint16_t page_magic_ = 0;
  WalRecordKind kind_ = WalRecordKind::other;
  bool prepared_ = false;
  std::uint8_t header_taken_ = 0;
  std::uint8_t head_taken_ = 0;
  std::uint32_t body_taken_ = 0;
  std::uint32_t crc_ = 0;  // of the body so far
  std::array<char, header_size> header_;
  std::array<char, max_head> head_;
  PreparedXidScan scan_;
};

}  // namespace barman
