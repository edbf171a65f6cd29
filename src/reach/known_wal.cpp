#include "barman/reach/known_wal.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <exception>
#include <tuple>

#include "barman/archive/wal_archive.h"
#include "barman/archive/wal_notes.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/xlogdb.h"
#include "barman/core/error.h"
#include "barman/core/large_pages.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/core/parallel.h"
#include "barman/core/signals.h"
#include "barman/wal/text_files.h"
#include "segment_reading.h"

namespace barman::reach {

namespace {

constexpr std::string_view logger = "barman.recovery_window";
constexpr std::size_t portion = 128;  // segments that are read before they are noted

// A line of the index.
struct Listed {
  Segment segment;
  archive::StoredAs stored;
};

const Segment& segment_of(const Listed& listed) { return listed.segment; }

// What the first segment says that begins as one.
std::optional<std::uint64_t> segment_size_of(const std::vector<Reading>& readings) {
  for (const Reading& reading : readings)
    if (reading.result && reading.result->walk.header.segment_size != 0)
      return reading.result->walk.header.segment_size;
  return std::nullopt;
}

using TakeEntry = std::function<void(const catalog::WalEntryView&)>;

// In order; where a segment is listed several times, the last line says what is there.
std::vector<Listed> listed_segments(const std::function<void(const TakeEntry&)>& walk) {
  constexpr std::size_t many = 2'000'000;
  std::vector<Listed> listed;
  listed.reserve(many);  // to move them costs more than room that is not touched
  prefer_large_pages(listed);
  walk([&](const catalog::WalEntryView& entry) {
    if (const auto segment = parse_segment(entry.name)) listed.push_back({*segment, {entry.size, entry.time()}});
  });
  const auto falling = [](const Listed& a, const Listed& b) { return a.segment >= b.segment; };
  if (std::adjacent_find(listed.begin(), listed.end(), falling) == listed.end()) return listed;
  std::ranges::stable_sort(listed, {}, segment_of);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < listed.size(); ++i)
    if (i + 1 == listed.size() || listed[i].segment != listed[i + 1].segment) listed[kept++] = listed[i];
  listed.resize(kept);
  return listed;
}

std::vector<Listed> archived_segments(archive::WalArchive& archive, const std::optional<Segment>& from = {}) {
  return listed_segments([&](const TakeEntry& take) { archive.for_each(from ? to_string(*from) : "", take); });
}

// Nobody is asked, and no index made.
std::vector<Listed> indexed_segments(const archive::WalArchive& archive) {
  return listed_segments([&](const TakeEntry& take) {
    archive.index_as_it_is().for_each([&](const catalog::WalEntryView& entry) {
      take(entry);
      return true;
    });
  });
}

// In the stream, whatever the timelines.
bool is_before(const Segment& a, const Segment& b) { return std::tie(a.log, a.seg) < std::tie(b.log, b.seg); }

// Whether there are some behind the extent.
bool leave_out_others(const Extent& extent, std::vector<Listed>& listed) {
  if (extent.from) std::erase_if(listed, [&](const Listed& each) { return is_before(each.segment, *extent.from); });
  return extent.to &&
         std::erase_if(listed, [&](const Listed& each) { return is_before(*extent.to, each.segment); }) > 0;
}

void leave_out_missing(const archive::WalArchive& archive, const std::string& server, log::Level level,
                       std::vector<Listed>& listed) {
  std::vector<Segment> segments;
  segments.reserve(listed.size());
  for (const Listed& each : listed) segments.push_back(each.segment);
  const std::vector<char> there = archive.are_there(segments);
  const auto missing = static_cast<std::size_t>(std::ranges::count(there, 0));
  if (missing == 0) return;
  const auto first = static_cast<std::size_t>(std::ranges::find(there, 0) - there.begin());
  log::write(level, logger,
             fmt::format("The index of server {} lists {} segments that are not there, {} is the first", server,
                         missing, to_string(segments[first])));
  std::size_t at = 0;
  std::erase_if(listed, [&](const Listed&) { return there[at++] == 0; });
}

}  // namespace

struct KnownWal::Noted {
  explicit Noted(const config::ServerConfig& config) : file(config) {}

  // Where a note of the file was read.
  const archive::LoadedNotes::Line* find(const recovery::Archive& archive, const Segment& segment) const {
    const auto found = find_note(are_the_archive ? archive.notes : loaded.notes, segment);
    return found ? &loaded.read_from[*found] : nullptr;
  }

  archive::WalNotes file;
  archive::LoadedNotes loaded;   // of listed segments
  bool are_the_archive = false;  // the notes are archive_.notes, since nothing else was read
  std::size_t out_of_date = 0;
  std::vector<Listed> unknown;
};

// Joins segments that were read one by one, in order: a record that crosses belongs to the one in which it ends.
class KnownWal::Joining {
 public:
  explicit Joining(KnownWal& known) : known_(known) {}

  void take(const Listed& listed, Reading reading) {
    const Segment& segment = listed.segment;
    if (reading.missing) return;  // since a moment ago
    if (!reading.result) return leave_unread(segment, std::move(reading.problem));
    const auto before = known_.carry_before(segment);
    if (before && !barman::join(*before, *reading.result)) {
      Reading again = read_segment(known_.server_.archive(), segment, before);
      if (!again.result) return leave_unread(segment, std::move(again.problem));
      reading = std::move(again);
    }
    if (reading.result->walk.header.segment_size == 0) set_size(reading.result->noted.note);
    const auto [at, is_new] = known_.read_.emplace(segment, std::move(reading.result->noted));
    lines_.push_back({listed.stored, at->second});
  }

  void note() {
    if (lines_.empty()) return;
    known_.server_.archive().change_notes([&](const archive::WalNotes& notes) { notes.add(lines_); });
    lines_.clear();
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
  std::vector<archive::NoteLine> lines_;
};

KnownWal::KnownWal(ServerContext& server, const Extent& extent, Notes notes)
    : KnownWal(server, extent, notes, std::nullopt) {}

KnownWal::KnownWal(ServerContext& server, const Extent& extent, Notes notes, Until until)
    : server_(server), alone_(notes == Notes::alone), noted_(std::make_unique<Noted>(server.config())) {
  archive::WalArchive& archive = server_.archive();
  std::vector<Listed>& listed = noted_->unknown;
  {
    // Both are files of the same length, nearly: read at the same time.
    std::exception_ptr failure;
    ThreadGroup index;
    const auto read_index = [&] {
      try {
        listed = alone_ ? indexed_segments(archive) : archived_segments(archive, extent.from);
        is_cut_off_ = leave_out_others(extent, listed);
        if (!is_out_of_sight())
          leave_out_missing(archive, server_.config().name, alone_ ? log::Level::debug : log::Level::warning, listed);
      } catch (...) {
        failure = std::current_exception();
      }
    };
    if (!index.start(read_index)) read_index();
    const bool is_noted = notes != Notes::made_anew && !server_.config().is_second_copy;
    if (is_noted) noted_->loaded = noted_->file.load();
    index.join();
    if (failure) std::rethrow_exception(failure);
  }
  take_notes();
  if (alone_)
    presume_rest();
  else
    read_rest(until);
  if (!until) make_archive();
}

KnownWal::~KnownWal() = default;

// Of the notes those stay that are of what is listed, and complete: what was noted without the segment before it, and
// can be joined with it now, is read again.
void KnownWal::take_notes() {
  auto& [notes, read_from, points, lines] = noted_->loaded;
  const auto whole = std::ranges::find_if(notes, &WalNote::is_whole);
  if (whole != notes.end()) set_size(whole->segment_size());
  std::vector<Listed> unknown;
  std::size_t kept = 0, at = 0;
  for (const Listed& listed : noted_->unknown) {
    while (at < notes.size() && notes[at].segment < listed.segment) ++at;
    const bool is_noted = at < notes.size() && notes[at].segment == listed.segment &&
                          read_from[at].stored == listed.stored && fits(notes[at]);
    const Segment* const last = unknown.empty() ? nullptr : &unknown.back().segment;
    if (!is_noted ||
        (!alone_ && !notes[at].joined && can_be_joined(listed.segment, kept == 0 ? nullptr : &notes[kept - 1], last))) {
      unknown.push_back(listed);
      continue;
    }
    if (kept != at) {
      notes[kept] = notes[at];
      read_from[kept] = read_from[at];
    }
    ++kept;
  }
  noted_->out_of_date = lines - kept;
  notes.resize(kept);
  read_from.resize(kept);
  noted_->unknown = std::move(unknown);
}

// `noted` and `unknown`: the last ones before it.
bool KnownWal::can_be_joined(const Segment& segment, const WalNote* noted, const Segment* unknown) const {
  if (start_of(segment, segment_size_).value == 0) return false;
  const Segment before = previous(segment, segment_size_);
  if (noted != nullptr && noted->segment == before) return noted->is_whole();
  if (unknown != nullptr && *unknown == before) return true;
  const auto* history = history_of(segment.timeline);  // it may continue its parent
  return history != nullptr && segment_at(history->back().switchpoint, segment.timeline, segment_size_) == segment;
}

bool KnownWal::is_out_of_sight() const { return alone_ && server_.offline() && server_.config().keeps_wal_in_store(); }

void KnownWal::set_size(std::uint64_t size) {
  segment_size_ = size;
  size_is_known_ = true;
}

void KnownWal::read_rest(Until until) {
  const std::vector<Listed>& unknown = noted_->unknown;
  Joining joining(*this);
  for (std::size_t begin = 0; begin < unknown.size(); begin += portion) {
    if (until && std::chrono::steady_clock::now() >= *until) {
      complete_ = false;
      return;
    }
    std::vector<Segment> segments;
    for (std::size_t i = begin; i < std::min(begin + portion, unknown.size()); ++i)
      segments.push_back(unknown[i].segment);
    std::vector<Reading> readings = read_segments(server_.archive(), segments);
    if (!size_is_known_)
      if (const auto size = segment_size_of(readings)) set_size(*size);
    for (std::size_t i = 0; i < readings.size(); ++i) joining.take(unknown[begin + i], std::move(readings[i]));
    joining.note();
  }
}

// That a segment is there is all that is known of it.
void KnownWal::presume_rest() {
  if (!size_is_known_)
    if (const catalog::BackupInfo* latest = server_.backups().latest())
      set_size(static_cast<std::uint64_t>(latest->xlog_segment_size));
  for (const Listed& listed : noted_->unknown) {
    NotedSegment noted = without_content(listed.segment, WalEnd::segment_end, "");
    noted.note.size_exponent = static_cast<std::uint8_t>(std::countr_zero(segment_size_));
    noted.note.whole_to = static_cast<std::uint32_t>(segment_size_);
    read_.emplace(listed.segment, std::move(noted));
  }
  presumed_ = noted_->unknown.size();
}

// An archive has segments of one size.
bool KnownWal::fits(const WalNote& note) const { return !size_is_known_ || note.segment_size() == segment_size_; }

void KnownWal::make_archive() {
  for (const auto& [segment, noted] : read_) {
    if (!fits(noted.note)) continue;
    for (const NotedPoint& point : noted.points) archive_.points.push_back({segment, point});
  }
  for (const archive::LoadedNotes::Point& each : noted_->loaded.points)
    if (const auto line = noted_->find(archive_, each.segment); line && line->place == each.place)
      archive_.points.push_back({each.segment, each.point});
  std::ranges::stable_sort(archive_.points, {}, [](const recovery::ArchivedPoint& each) {
    return std::pair(each.segment, each.point.begin);
  });
  noted_->are_the_archive = read_.empty();
  archive_.notes = read_.empty() ? std::move(noted_->loaded.notes) : all_notes();
}

// Those of the file, and what was read just now.
std::vector<WalNote> KnownWal::all_notes() const {
  std::vector<WalNote> all;
  const auto& notes = noted_->loaded.notes;
  all.reserve(notes.size() + read_.size());
  auto next = notes.begin();
  for (const auto& [segment, noted] : read_) {
    const auto behind = std::ranges::lower_bound(next, notes.end(), segment, {}, &WalNote::segment);
    all.insert(all.end(), next, behind);
    next = behind;
    if (fits(noted.note))
      all.push_back(noted.note);
    else
      log::warning(logger, "Segment {} of server {} has another size than the others: it is left out",
                   to_string(segment), server_.config().name);
  }
  all.insert(all.end(), next, notes.end());
  return all;
}

std::optional<WalCarry> KnownWal::carry_behind(const Segment& segment) const {
  if (const auto found = read_.find(segment); found != read_.end()) return barman::carry_behind(found->second);
  const auto* line = noted_->find(archive_, segment);
  const auto noted = line == nullptr ? std::nullopt : noted_->file.read(*line);
  return noted ? barman::carry_behind(*noted) : std::nullopt;
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
  if (is_out_of_sight()) return std::nullopt;
  if (auto text = archive.history(timeline)) return text;
  if (alone_) return std::nullopt;
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

std::string KnownWal::reason_of(const Segment& segment) const {
  if (const auto found = read_.find(segment); found != read_.end()) return found->second.reason;
  const auto* line = noted_->find(archive_, segment);
  const auto noted = line == nullptr ? std::nullopt : noted_->file.read(*line);
  return noted ? noted->reason : "";
}

std::vector<UnreadSegment> KnownWal::damaged() const {
  std::vector<UnreadSegment> damaged;
  for (const WalNote& note : archive_.notes)
    if (note.end == WalEnd::damaged) damaged.push_back({note.segment, reason_of(note.segment)});
  return damaged;
}

std::vector<NotedSegment> KnownWal::waiting_behind(std::uint32_t timeline, Lsn end) const {
  std::vector<NotedSegment> waiting;
  if (end.value % segment_size_ != 0 || end.value == 0) return waiting;
  auto before = carry_behind(segment_at({end.value - segment_size_}, timeline, segment_size_));
  for (Segment segment = segment_at(end, timeline, segment_size_);; segment = next(segment, segment_size_)) {
    auto result = read_waiting(server_.config(), segment, before);
    if (!result) return waiting;
    before = std::move(result->carry);
    waiting.push_back(std::move(result->noted));
    if (!waiting.back().note.is_whole()) return waiting;
  }
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

recovery::Archive what_is_there(const KnownWal& known, ServerContext& server) {
  recovery::Archive archive = known.archive();
  if (server.config().keeps_wal_in_store())
    std::erase_if(archive.notes,
                  [&server](const WalNote& note) { return !server.archive().holds(to_string(note.segment)); });
  return archive;
}

bool catch_up(ServerContext& server, std::chrono::steady_clock::time_point until) {
  const KnownWal known(server, {}, Notes::believed, until);
  constexpr std::size_t few = 100;
  const auto& noted = *known.noted_;
  if (!known.complete_ || noted.out_of_date < few || noted.out_of_date < noted.loaded.lines / 4) return known.complete_;
  // What is archived, and noted, from now on until the lock is held is read once more.
  const std::vector<Listed> listed = archived_segments(server.archive());
  server.archive().change_notes([&](const archive::WalNotes& notes) {
    archive::WalNotes file(server.config());
    const archive::LoadedNotes now = file.load();
    notes.keep([&](const Segment& segment, const archive::StoredAs& stored, std::uint64_t place) {
      const auto found = std::ranges::lower_bound(listed, segment, {}, segment_of);
      const auto note = find_note(now.notes, segment);
      return found != listed.end() && found->segment == segment && found->stored == stored && note &&
             now.read_from[*note].place == place;
    });
  });
  return true;
}

}  // namespace barman::reach
