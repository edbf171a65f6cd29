#include "note_taker.h"

#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/wal/segment.h"

namespace barman::archive {

std::unique_ptr<WalNoter> noter_of(const std::string& name) {
  const auto segment = parse_segment(name);
  return segment ? std::make_unique<WalNoter>(*segment) : nullptr;
}

void NoteTaker::take(std::span<const PreparedWal> wals) {
  std::vector<NoteLine> lines;
  try {
    for (const PreparedWal& wal : wals) {
      if (!wal.noted) {
        carry_.reset();
        continue;
      }
      WalNoter::Result result = *wal.noted;
      const auto before = carry_before(result.noted.note);
      // Where the two have to be read one after the other, that is left to whoever asks.
      if (before && !barman::join(*before, result)) {
        carry_.reset();
        continue;
      }
      carry_ = result.carry;
      lines.push_back({{wal.entry.size, wal.entry.time}, std::move(result.noted)});
    }
    notes_.add(lines);
  } catch (const Error& error) {
    if (!has_failed_)
      log::warning("barman.wal_archiver",
                   "Cannot note what the WAL of server {} holds; it will be read when it is "
                   "asked for: {}",
                   server_, error.what());
    has_failed_ = true;
  }
}

// Of another run's last segment its line is there.
std::optional<WalCarry> NoteTaker::carry_before(const WalNote& note) const {
  if (carry_ && carry_->at == note.begin() && carry_->timeline == note.segment.timeline) return carry_;
  if (note.begin().value == 0) return std::nullopt;
  const auto line = notes_.find_last(previous(note.segment, note.segment_size()));
  return line ? carry_behind(line->noted) : std::nullopt;
}

}  // namespace barman::archive
