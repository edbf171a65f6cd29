#include "restored_wal.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>

#include "barman/core/signals.h"
#include "barman/fs/file.h"

namespace barman::drill {
namespace {

recovery::TimelinePath path_to(std::uint32_t timeline, const std::string& directory) {
  const std::string file = fmt::format("{}/{}", directory, history_name(timeline));
  const auto text = fs::read_file_if_exists(file);
  return {timeline, text ? parse_history(*text, file) : std::vector<HistoryEntry>()};
}

}  // namespace

RestoredWal::RestoredWal(std::string directory, std::uint32_t timeline)
    : directory_(std::move(directory)), path_(path_to(timeline, directory_)) {
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

std::ptrdiff_t RestoredWal::place_of(const Segment& segment) const {
  return std::ranges::find(archive_.notes, segment, &WalNote::segment) - archive_.notes.begin();
}

std::vector<WalRecord> RestoredWal::read(const Segment& segment, WalReader::Yield yield) const {
  std::vector<WalRecord> records;
  WalReader reader([&](const WalRecord& record) { records.push_back(record); }, yield);
  const std::ptrdiff_t at = place_of(segment);
  if (at > 0 && at < std::ssize(noted_))
    if (auto carry = carry_behind(noted_[static_cast<std::size_t>(at - 1)])) reader.resume(std::move(*carry));
  reader.start(segment);
  const UniqueFd fd = fs::open_file(path_of(segment), O_RDONLY);
  fs::read_blocks(fd.get(), path_of(segment), [&](std::string_view piece) { reader.feed(piece); });
  reader.finish();
  return records;
}

std::string RestoredWal::reason_of(const Segment& segment) const {
  return noted_[static_cast<std::size_t>(place_of(segment))].reason;
}

}  // namespace barman::drill
