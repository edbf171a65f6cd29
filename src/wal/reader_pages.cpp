// The pages of WalReader: whether each is the one that belongs in its place.
#include <fmt/core.h>

#include <algorithm>

#include "barman/wal/reader.h"
#include "bytes.h"
#include "page_header.h"

namespace barman {

namespace {

std::string at(Lsn lsn) { return to_string(lsn); }

}  // namespace

void WalReader::judge_header(std::string_view bytes) {
  const PageHeader page = parse_page_header(bytes);
  const Lsn address{here().value - bytes.size()};
  if (after_header_ == State::behind) return judge_page_behind(bytes, page, address);
  const bool is_first = offset_ == segment_header_size;
  if (is_zeros(bytes))
    return end_unwritten(is_first ? "it begins with zeros"
                                  : fmt::format("the page at {} was never written", at(address)));
  if (is_first && !accept_first_page(bytes, page)) return;
  const Lsn expected = is_first ? base_ : address;
  if (!is_first && page.magic != magic_)
    return damage_page(expected, fmt::format("begins with {:04X} instead of {:04X}", page.magic, magic_));
  if (page.address < expected) {
    end_unwritten(fmt::format("the page at {} is still that of {}", at(expected), at(page.address)));
    zeros_only_ = false;
    return;
  }
  if (page.address != expected) return damage_page(expected, fmt::format("says that it is at {}", at(page.address)));
  if ((page.info & ~PageHeader::all_flags) != 0 || page.has(PageHeader::is_long) != is_first)
    return damage_page(expected, fmt::format("has flags that it cannot have, {:04X}", page.info));
  if (is_first) use_carry(page);
  if (state_ == State::ended) return;
  if (page.timeline < std::max(timeline_, std::uint32_t{1}) || page.timeline > segment_.timeline)
    return damage_page(expected, fmt::format("is of timeline {}", page.timeline));
  timeline_ = page.timeline;
  state_ = after_header_;
  accept_continuation(page, expected);
}

bool WalReader::accept_first_page(std::string_view bytes, const PageHeader& page) {
  const auto unreadable = [&](std::string reason) {
    end_walk(WalEnd::unreadable, {}, std::move(reason));
    return false;
  };
  const auto header = parse_segment_header(bytes);
  if (!header) {
    end_walk(WalEnd::damaged, {}, "it does not begin with the header of a WAL segment");
    return false;
  }
  const auto swapped = static_cast<std::uint16_t>(page.magic << 8 | page.magic >> 8);
  if (!is_known_magic(page.magic) && is_known_magic(swapped))
    return unreadable("it was written by a machine with another byte order");
  if (!is_known_magic(page.magic))
    return unreadable(fmt::format("it is of an unknown version of PostgreSQL (magic number {:04X})", page.magic));
  constexpr std::size_t at_block_size = 36;
  if (const auto size = number_at<std::uint32_t>(bytes, at_block_size); size != wal_page_size)
    return unreadable(fmt::format("it has pages of {} bytes; only {} are supported", size, wal_page_size));
  walk_.header = *header;
  magic_ = page.magic;
  if (segment_.seg > last_seg(header->segment_size)) {
    end_walk(WalEnd::damaged, {},
             fmt::format("there is no {} with segments of {} bytes", to_string(segment_), header->segment_size));
    return false;
  }
  base_ = walk_.begin = walk_.at = walk_.whole_to = start_of(segment_, header->segment_size);
  return true;
}

// What was read before counts where it ends here, on this timeline or one that this may have left.
void WalReader::use_carry(const PageHeader& page) {
  if (!carry_ || carry_->at != base_ || carry_->timeline > page.timeline) return;
  if (carry_->is_of_another_cluster(walk_.header.system_id))
    return damage_page(base_, "is of another cluster (system identifier) than the segment before");
  walk_.joined = true;
  previous_ = walk_.last_record = carry_->previous;
  timeline_ = carry_->timeline;
  open_ = carry_->record.has_value();
  if (open_) record_ = *carry_->record;
}

// Whether the page begins with as much of the record as is to come.
void WalReader::accept_continuation(const PageHeader& page, Lsn address) {
  if (page.has(PageHeader::overwrites_record)) {  // after a crash: the record was given up
    walk_.gives_up_record |= address == base_ || rest_ > 0;
    open_ = false;
    rest_ = 0;
    state_ = State::record;
    return;
  }
  const std::uint32_t expected = open_ ? record_.remaining() : rest_;
  const std::uint32_t found = page.has(PageHeader::continues_record) ? page.rest : 0;
  if (address == base_ && !open_ && !previous_ && found > 0) {
    rest_ = found;
    walk_.opening.emplace().announced = found;
    state_ = State::rest;
    return;
  }
  if (found != expected)
    damage_page(address,
                fmt::format("begins with {} bytes of an earlier record, of which {} are to come", found, expected));
}

void WalReader::judge_page_behind(std::string_view bytes, const PageHeader& page, Lsn address) {
  state_ = State::behind;
  zeros_only_ = is_zeros(bytes);
  if (!zeros_only_ && page.address >= address)
    damage_page(address, fmt::format("was written, although what is before it was not: {}", walk_.reason));
}

void WalReader::damage_page(Lsn address, std::string_view what) {
  end_walk(WalEnd::damaged, address, fmt::format("the page at {} {}", at(address), what));
}

}  // namespace barman
