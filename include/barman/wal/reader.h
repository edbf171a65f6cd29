#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "barman/wal/open_record.h"
#include "barman/wal/record.h"
#include "barman/wal/wal_content.h"

namespace barman {

struct PageHeader;

// Reads the records of WAL of PostgreSQL 9.5 to 18, and judges whether a server could replay it: page headers, the CRC
// of each record, the chain in which each record names the one before it. WAL has to be of a machine with this one's
// byte order and in pages of 8 KiB, as every packaged PostgreSQL writes it.

enum class WalEnd : std::uint8_t {
  segment_end,    // every byte was read; a record may continue in the next segment
  never_written,  // the rest is zeros, or what lay in a segment that was used again: nothing was written behind `at`
  damaged,        // PostgreSQL's recovery would end at `at`, too
  unreadable      // by this reader: another byte order, block size or version
};

// How the walk over a segment ended.
struct WalWalk {
  WalEnd end = WalEnd::segment_end;
  Lsn at;              // behind the last record that is whole, or where the damage is
  std::string reason;  // unless segment_end
  SegmentHeader header;
  Lsn begin;                        // of the segment
  std::uint64_t records = 0;        // whole ones that end here
  std::optional<Lsn> first_record;  // begin of the first record that begins here, if it is whole
  Lsn first_previous;               // and of the one that it follows
  std::optional<Lsn> last_record;   // begin of the last whole record, which may lie in an earlier segment
  Lsn whole_to;                     // end of that; the beginning of the segment when there is none
  bool joined = false;              // with the segment before, by its carry
  bool gives_up_record = false;     // the segment says that the record before it, not whole, was given up after a crash
  std::optional<WalOpening> opening;  // the segment begins within a record of which nothing was known
  Lsn opening_end;                    // behind that, where the first record can begin
};

// What the walk over the next segment has to know of those before: a value of bounded size.
struct WalCarry {
  Lsn at;                         // where the next segment begins
  std::optional<Lsn> previous{};  // begin of the last whole record, if one was seen
  std::uint32_t timeline = 0;
  std::uint64_t system_id = 0;         // 0: not known
  std::optional<OpenRecord> record{};  // that continues

  bool is_of_another_cluster(std::uint64_t other) const { return system_id != 0 && system_id != other; }
  std::string to_text() const;  // letters, digits, ':' and ','
  static std::optional<WalCarry> parse(std::string_view text);
  friend bool operator==(const WalCarry&, const WalCarry&) = default;
};

// What the walk over a segment, made without knowing the one before, says together with that.
struct WalJoint {
  std::optional<std::string> problem{};   // damage: the two do not fit, or the record between them is not sound
  std::optional<WalRecord> record{};      // that began before the segment and ends in it
  std::optional<OpenRecord> continues{};  // that fills all of the segment
  bool read_again = false;                // what the walk has kept does not suffice: read the segment with the carry
};
WalJoint join(const WalCarry& before, const WalWalk& walk);

class WalReader {
 public:
  enum class Yield { noted, all };                      // all but WalRecordKind::other; every record
  using Visit = std::function<void(const WalRecord&)>;  // called when a record is whole, in the order of the stream

  explicit WalReader(Visit visit, Yield yield = Yield::noted) : visit_(std::move(visit)), yield_(yield) {}

  // For the next start().
  void resume(WalCarry carry) { carry_ = std::move(carry); }
  // Begins a segment. Where it follows the one before, also on a later timeline, its first record has to follow the
  // last one and to continue the open one. Otherwise the reader begins anew: with the first record that begins there.
  void start(const Segment& segment);
  // The bytes of the segment, in pieces of any size. After damage the rest may be left out.
  void feed(std::string_view piece);
  bool has_ended() const { return state_ == State::ended; }  // nothing that follows can change how the walk ended
  WalWalk finish();
  // After finish(): what resume() wants; std::nullopt when there is nothing to continue.
  const std::optional<WalCarry>& carry() const { return carry_; }

 private:
  enum class State { page_header, padding, rest, record, switched, behind, ended };

  std::size_t take_run(std::string_view piece);
  std::size_t step(std::string_view bytes);
  std::size_t take_header(std::string_view bytes);
  std::size_t take_rest(std::string_view bytes);
  std::size_t take_padding(std::string_view bytes);
  std::size_t take_record(std::string_view bytes);
  std::size_t take_behind(std::string_view bytes);
  void judge_header(std::string_view bytes);
  bool accept_first_page(std::string_view bytes, const PageHeader& page);
  void use_carry(const PageHeader& page);
  void accept_continuation(const PageHeader& page, Lsn address);
  void judge_page_behind(std::string_view bytes, const PageHeader& page, Lsn address);
  void judge_record_header();
  void complete_record(std::uint64_t end_offset);
  void wait_for_record(std::uint64_t end_offset);
  void end_unwritten(std::string reason);
  void end_walk(WalEnd end, Lsn at, std::string reason);
  void damage(std::string reason) { end_walk(WalEnd::damaged, here(), std::move(reason)); }
  void damage_page(Lsn address, std::string_view what);

  Lsn here() const { return {base_.value + offset_}; }
  Lsn page_start() const;
  std::uint32_t header_size() const;
  bool knows_size() const { return walk_.header.segment_size != 0; }

  Visit visit_;
  Yield yield_;
  Segment segment_;
  std::optional<WalCarry> carry_;
  WalWalk walk_;

  State state_ = State::ended;
  State after_header_ = State::record;  // where the page goes on
  std::uint64_t offset_ = 0;            // in the segment
  Lsn base_;                            // of the segment
  std::array<char, segment_header_size> header_{};
  std::size_t header_taken_ = 0;
  std::uint16_t magic_ = 0;
  std::uint32_t timeline_ = 0;   // of the last page
  std::uint32_t padding_ = 0;    // bytes up to where a record can begin
  std::uint32_t rest_ = 0;       // bytes to come of a record of which nothing is known
  std::optional<Lsn> previous_;  // begin of the last record
  bool open_ = false;            // record_ has begun
  OpenRecord record_;
  bool zeros_only_ = true;  // behind the end: the rest of this page must be zeros
};

}  // namespace barman
