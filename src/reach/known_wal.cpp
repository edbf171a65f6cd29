#include "barman/reach/known_wal.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <tuple>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/xlogdb.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/signals.h"
#include "barman/wal/text_files.h"
#include "segment_reading.h"

namespace barman::reach {

namespace {

constexpr std::string_view logger = "barman.recovery_window";

// What the first segment says that begins as one.
std::optional<std::uint64_t> segment_size_of(const std::vector<Reading>& readings) {
  for (const Reading& reading : readings)
    if (reading.result && reading.result->walk.header.segment_size != 0)
      return reading.result->walk.header.segment_size;
  return std::nullopt;
}

// In the stream, whatever the timelines.
bool is_before(const Segment& a, const Segment& b) { return std::tie(a.log, a.seg) < std::tie(b.log, b.seg); }

}  // namespace

// Joins segments that were read one by one, in order: a record that crosses belongs to the one in which it ends.
class KnownWal::Joining {
 public:
  explicit Joining(KnownWal& known) : known_(known) {}

  void take(const Segment& segment, Reading reading) {
    if (reading.missing) {
      log::warning(logger, "The index of server {} lists a segment that is not there: {}", known_.server_.config().name,
                   reading.problem);
      return;
    }
    if (!reading.result) return leave_unread(segment, std::move(reading.problem));
    const auto before = known_.carry_before(segment);
    if (before && !barman::join(*before, *reading.result)) {
      Reading again = read_segment(known_.server_.archive(), segment, before);
      if (!again.result) return leave_unread(segment, std::move(again.problem));
      reading = std::move(again);
    }
    if (reading.result->walk.header.segment_size == 0) set_size(reading.result->noted.note);
    known_.read_.emplace(segment, std::move(reading.result->noted));
  }

 private:
  // One without a readable header has the size of all the others.
  void set_size(WalNote& note) const {
    note.size_exponent = static_cast<std::uint8_t>(std::countr_zero(known_.segment_size_));
  }

  void leave_unread(const Segment& segment, std::string reason) {
    NotedSegment noted = without_content(segment, WalEnd::unreadable, reason);
    set_size(noted.note);
    known_.read_.emplace(segment, std::move(noted));
    known_.unread_.push_back({segment, std::move(reason)});
  }

  KnownWal& known_;
};

KnownWal::KnownWal(ServerContext& server, const Extent& extent) : server_(server) {
  const std::vector<Segment> segments = listed(extent);
  std::vector<Reading> readings = read_segments(server_.archive(), segments);
  segment_size_ = segment_size_of(readings).value_or(default_segment_size);
  Joining joining(*this);
  for (std::size_t i = 0; i < segments.size(); ++i) joining.take(segments[i], std::move(readings[i]));
  for (const auto& [segment, noted] : read_) add(noted);
}

KnownWal::~KnownWal() = default;

std::vector<Segment> KnownWal::listed(const Extent& extent) {
  std::vector<Segment> segments;
  server_.archive().index().for_each([&](const catalog::WalEntryView& entry) {
    const auto segment = parse_segment(entry.name);
    if (!segment || (extent.from && is_before(*segment, *extent.from))) return true;
    if (extent.to && is_before(*extent.to, *segment))
      is_cut_off_ = true;
    else
      segments.push_back(*segment);
    return true;
  });
  std::ranges::sort(segments);
  segments.erase(std::unique(segments.begin(), segments.end()), segments.end());
  return segments;
}

// An archive has segments of one size.
void KnownWal::add(const NotedSegment& noted) {
  if (noted.note.segment_size() != segment_size_) {
    log::warning(logger, "Segment {} of server {} has another size than the others: it is left out",
                 to_string(noted.note.segment), server_.config().name);
    return;
  }
  archive_.notes.push_back(noted.note);
  for (const NotedPoint& point : noted.points) archive_.points.push_back({noted.note.segment, point});
}

std::optional<WalCarry> KnownWal::carry_behind(const Segment& segment) const {
  const auto found = read_.find(segment);
  return found == read_.end() ? std::nullopt : barman::carry_behind(found->second);
}

// The one before lies on the same timeline, or on the one that was left in this segment.
std::optional<WalCarry> KnownWal::carry_before(const Segment& segment) const {
  const Lsn begin = start_of(segment, segment_size_);
  if (begin.value < segment_size_) return std::nullopt;
  const Lsn before{begin.value - segment_size_};
  if (auto carry = carry_behind(segment_at(before, segment.timeline, segment_size_))) return carry;
  const auto* history = history_of(segment.timeline);
  if (history == nullptr) return std::nullopt;
  const recovery::TimelinePath path(segment.timeline, *history);
  const std::uint32_t timeline = path.timeline_of_segment(before, segment_size_);
  if (timeline == segment.timeline) return std::nullopt;
  return carry_behind(segment_at(before, timeline, segment_size_));
}

// What is encrypted the archive does not read unasked.
std::optional<std::string> KnownWal::history_text(std::uint32_t timeline) const {
  const archive::WalArchive& archive = server_.archive();
  if (auto text = archive.history(timeline)) return text;
  const std::string name = history_name(timeline);
  if (!archive.holds(name)) return std::nullopt;
  std::string text;
  archive.read(name, [&](std::string_view piece) { text += piece; });
  return text;
}

const std::vector<HistoryEntry>* KnownWal::history_of(std::uint32_t timeline) const {
  if (timeline <= 1) return nullptr;
  auto found = histories_.find(timeline);
  if (found == histories_.end()) {
    const auto text = history_text(timeline);
    std::optional<std::vector<HistoryEntry>> history;
    if (text) history = parse_history(*text, history_name(timeline));
    found = histories_.emplace(timeline, std::move(history)).first;
  }
  return found->second ? &*found->second : nullptr;
}

recovery::TimelinePath KnownWal::path_to(std::string_view target, std::uint32_t from) const {
  std::uint32_t timeline = from;
  if (target == "latest") {
    while (history_of(timeline + 1) != nullptr) ++timeline;  // as PostgreSQL looks for it
  } else if (target != "current") {
    const auto number = parse_decimal(target);
    if (!number || *number < 1 || *number > 0xFFFFFFFF)
      throw Error(Errc::refused, fmt::format("'{}' is not a timeline", target), "give a number, 'current' or 'latest'");
    timeline = static_cast<std::uint32_t>(*number);
  }
  if (timeline == 1) return {1, {}};
  const auto* history = history_of(timeline);
  if (history != nullptr) return {timeline, *history};
  // PostgreSQL takes a timeline without a history for one without parents.
  if (timeline == from) return {timeline, {}};
  throw Error(Errc::not_found, fmt::format("timeline {} of server {} is not known: the archive has no {}", timeline,
                                           server_.config().name, history_name(timeline)));
}

recovery::ReadRecords KnownWal::reader() const {
  return [this](const Segment& segment, WalReader::Yield yield) { return records(segment, yield); };
}

std::vector<WalRecord> KnownWal::records(const Segment& segment, WalReader::Yield yield) const {
  std::vector<WalRecord> found;
  WalReader reader([&](const WalRecord& record) { found.push_back(record); }, yield);
  if (auto before = carry_before(segment)) reader.resume(std::move(*before));
  reader.start(segment);
  server_.archive().read(to_string(segment), [&](std::string_view piece) {
    signals::throw_if_pending();
    reader.feed(piece);
  });
  reader.finish();
  return found;
}

}  // namespace barman::reach
