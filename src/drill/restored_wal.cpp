#include "restored_wal.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"

namespace barman::drill {

using recovery::Chain;

RestoredWal::RestoredWal(std::string directory, std::uint32_t timeline)
    : directory_(std::move(directory)), timeline_(timeline) {
  read_all();
}

std::string RestoredWal::path_of(const Segment& segment) const {
  return fmt::format("{}/{}", directory_, to_string(segment));
}

void RestoredWal::read_all() {
  std::vector<Segment> segments;
  for (const std::string& name : fs::list_directory_if_exists(directory_))
    if (const auto segment = parse_segment(name)) segments.push_back(*segment);
  std::ranges::sort(segments);
  std::optional<WalCarry> carry;
  for (const Segment& segment : segments) {
    signals::throw_if_pending();
    const UniqueFd fd = fs::open_file(path_of(segment), O_RDONLY);
    WalNoter noter(segment, carry);
    fs::read_blocks(fd.get(), path_of(segment), [&](std::string_view piece) { noter.feed(piece); });
    WalNoter::Result result = noter.finish();
    for (const NotedPoint& point : result.noted.points) archive_.points.push_back({segment, point});
    carry = std::move(result.carry);
    archive_.notes.push_back(result.noted.note);
    noted_.push_back(std::move(result.noted));
  }
}

std::vector<WalRecord> RestoredWal::read(const Segment& segment, WalReader::Yield yield) const {
  std::vector<WalRecord> records;
  const auto at = std::ranges::find(archive_.notes, segment, &WalNote::segment);
  WalReader reader([&](const WalRecord& record) { records.push_back(record); }, yield);
  if (at != archive_.notes.begin() && at != archive_.notes.end()) {
    const auto before = noted_.begin() + (at - archive_.notes.begin() - 1);
    if (auto carry = carry_behind(*before)) reader.resume(std::move(*carry));
  }
  reader.start(segment);
  const UniqueFd fd = fs::open_file(path_of(segment), O_RDONLY);
  fs::read_blocks(fd.get(), path_of(segment), [&](std::string_view piece) { reader.feed(piece); });
  reader.finish();
  return records;
}

recovery::TimelinePath RestoredWal::path() const {
  const std::string file = fmt::format("{}/{}", directory_, history_name(timeline_));
  const auto text = fs::read_file_if_exists(file);
  return {timeline_, text ? parse_history(*text, file) : std::vector<HistoryEntry>()};
}

std::optional<std::string> RestoredWal::break_behind(const recovery::BaseBackup& backup) const {
  const Chain chain(archive_, path());
  const auto problem = chain.problem(backup);
  if (!problem) return fmt::format("backup {} is not on the way to timeline {}", backup.id, timeline_);
  if (!problem->empty()) return *problem;
  const std::size_t last = chain.run_end(chain.find(backup.begin));
  if (chain.ended_by(last) == recovery::EndedBy::archive_end) return std::nullopt;
  const std::size_t behind = chain.size() - last - 1;
  if (const auto missing = chain.missing_behind(last, 1); !missing.empty())
    return fmt::format("WAL segment {} is missing: recovery ends there, and does not reach {} that {} archived",
                       to_string(missing.front()), behind, behind == 1 ? "is" : "are");
  const auto at = std::ranges::find(archive_.notes, chain[last].segment, &WalNote::segment) - archive_.notes.begin();
  return fmt::format("WAL segment {} cannot be replayed to its end: {}", to_string(chain[last].segment),
                     noted_[static_cast<std::size_t>(at)].reason);
}

recovery::Judgement RestoredWal::judge(const recovery::BaseBackup& backup, const recovery::Target& target) const {
  const Chain chain(archive_, path());
  return recovery::judge(archive_, chain, backup, target,
                         [this](const Segment& segment, WalReader::Yield yield) { return read(segment, yield); });
}

std::optional<recovery::TransactionEnd> RestoredWal::last_end(Lsn from, Lsn to) const {
  const recovery::TimelinePath way = path();
  for (auto note = archive_.notes.rbegin(); note != archive_.notes.rend(); ++note) {
    if (note->ends == 0 || note->begin() > to || note->behind() <= from) continue;
    if (way.timeline_of_segment(note->begin(), note->segment_size()) != note->segment.timeline) continue;
    std::optional<recovery::TransactionEnd> last;
    for (const WalRecord& record : read(note->segment, WalReader::Yield::noted))
      if (ends_transaction(record.kind) && record.begin >= from && record.begin <= to)
        last = {record.begin, record.xid, record.micros, record.kind == WalRecordKind::abort};
    if (last) return last;
  }
  return std::nullopt;
}

}  // namespace barman::drill
