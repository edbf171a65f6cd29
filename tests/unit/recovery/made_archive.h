#pragma once
#include <map>
#include <vector>

#include "barman/recovery/archive.h"

namespace barman::recovery {

// An archive of segments of 1 MiB, made of a list of records.
class MadeArchive {
 public:
  static constexpr std::uint64_t mib = 1024 * 1024;

  Lsn at() const { return {at_}; }
  void set_timeline(std::uint32_t timeline) { timeline_ = timeline; }
  // Appends a record of `size` bytes.
  const WalRecord& add(WalRecordKind kind, std::uint32_t xid, std::int64_t micros, std::uint64_t size = 64,
                       const std::string& name = {}) {
    WalRecord record{kind, false, xid, {at_}, {at_ + size}, micros};
    record.name = name;
    at_ += size;
    Place& place = places_[segment_at({at_ - 1}, timeline_, mib)];
    place.push_back(record);
    return place.back();
  }
  const WalRecord& commit(std::uint32_t xid, std::int64_t micros, std::uint64_t size = 64) {
    return add(WalRecordKind::commit, xid, micros, size);
  }
  void to_next_segment() { add(WalRecordKind::segment_switch, 0, 0, mib - at_ % mib); }
  void lose(const Segment& segment) { lost_.push_back(segment); }
  void damage(const Segment& segment) { damaged_.push_back(segment); }  // at its end

  Archive archive() const {
    Archive archive;
    std::map<Segment, Place> all = places_;
    for (const auto& [segment, records] : places_)
      if (!records.empty())  // those that a record fills
        for (Lsn at = {records.front().begin.value / mib * mib}; at < start_of(segment, mib); at.value += mib)
          all[segment_at(at, segment.timeline, mib)];
    for (const auto& [segment, records] : all) {
      if (std::ranges::find(lost_, segment) != lost_.end()) continue;
      WalNote note{.segment = segment, .size_exponent = 20};
      if (std::ranges::find(damaged_, segment) != damaged_.end()) note.end = WalEnd::damaged;
      for (const WalRecord& record : records) {
        note.add(record);
        note.last_record = record.begin;
        note.whole_to = static_cast<std::uint32_t>(record.end.value - start_of(segment, mib).value);
        if (record.kind == WalRecordKind::restore_point)
          archive.points.push_back({segment, {record.name, record.micros, record.begin, record.end}});
      }
      archive.notes.push_back(note);
    }
    return archive;
  }
  ReadRecords reader() const {
    return [this](const Segment& segment, WalReader::Yield yield) {
      ++reads;
      std::vector<WalRecord> records;
      for (const WalRecord& record : places_.at(segment))
        if (yield == WalReader::Yield::all || record.kind != WalRecordKind::other) records.push_back(record);
      return records;
    };
  }
  std::vector<WalRecord> records(const Segment& segment) const {
    const auto found = places_.find(segment);
    return found == places_.end() ? std::vector<WalRecord>{} : found->second;
  }

  mutable int reads = 0;

 private:
  using Place = std::vector<WalRecord>;
  std::uint32_t timeline_ = 1;
  std::uint64_t at_ = mib + 64;
  std::map<Segment, Place> places_;
  std::vector<Segment> lost_, damaged_;
};

}  // namespace barman::recovery
