#include "unfit_wal.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <variant>

#include "barman/archive/wal_file.h"
#include "barman/archive/wal_notes.h"
#include "barman/core/error.h"
#include "barman/core/parallel.h"

namespace barman::restore {

namespace {

bool may_read_segment(const Segment& segment, const Forecast& forecast) {
  if (!forecast.path) return true;
  const std::uint64_t size = forecast.wal.segment_size;
  const Lsn begin = start_of(segment, size);
  if (forecast.path->timeline_of_segment(begin, size) != segment.timeline) return false;
  const auto last = read_to(forecast);
  const bool to_the_end = std::holds_alternative<recovery::TargetLatest>(forecast.target);
  return to_the_end || !last || begin <= start_of(*last, size);
}

// Files that the index lists.
struct Wanted {
  std::vector<Segment> segments;    // in order, each once
  std::vector<std::string> others;  // histories, labels, partial segments
};

Wanted wanted_files(const WalSelection& selection, archive::WalArchive& archive) {
  Wanted wanted;
  archive.index().for_each([&](const catalog::WalEntryView& entry) {
    if (!selection.wants(entry.name)) return true;
    if (const auto segment = parse_segment(entry.name))
      wanted.segments.push_back(*segment);
    else
      wanted.others.emplace_back(entry.name);
    return true;
  });
  std::ranges::sort(wanted.segments);
  wanted.segments.erase(std::unique(wanted.segments.begin(), wanted.segments.end()), wanted.segments.end());
  return wanted;
}

// They are wanted no more.
std::vector<UnfitFile> take_lost(Wanted& wanted, const archive::WalArchive& archive) {
  std::vector<UnfitFile> files;
  const auto add = [&](const std::string& name) {
    files.push_back({name, fmt::format("'{}' is listed in the WAL index but does not exist", archive.location(name))});
  };
  const std::vector<char> there = archive.are_there(wanted.segments);
  std::size_t at = 0;
  std::erase_if(wanted.segments, [&](const Segment& segment) {
    const bool is_there = there[at++] != 0;
    if (!is_there) add(to_string(segment));
    return !is_there;
  });
  for (const std::string& name : wanted.others)
    if (!archive.holds(name)) add(name);
  return files;
}

// Segments that are to be looked into: what is noted of a segment may not be true any more.
std::vector<Segment> suspects_among(const std::vector<Segment>& segments, const config::ServerConfig& config) {
  std::vector<Segment> suspects;
  if (config.is_second_copy) return suspects;
  for (const WalNote& note : archive::WalNotes(config).load().notes)
    if (!note.is_whole() && std::ranges::binary_search(segments, note.segment)) suspects.push_back(note.segment);
  return suspects;
}

std::vector<UnfitFile> damaged_files(const Wanted& wanted, const archive::WalArchive& archive) {
  const config::ServerConfig& config = archive.config();
  const std::vector<Segment> suspects = suspects_among(wanted.segments, config);
  const codec::Stage settings = archive::codec_settings(config);
  std::vector<std::optional<std::string>> problems(suspects.size());
  on_all_cores(suspects.size(), [&](std::size_t i) {
    const std::string path = archive.location(to_string(suspects[i]));
    try {
      problems[i] = archive::stored_problem({.segment = suspects[i]}, path, config, settings);
    } catch (const Error& error) {
      problems[i] = error.what();
    }
    if (problems[i]) problems[i] = fmt::format("'{}' is damaged: {}", path, *problems[i]);
  });
  std::vector<UnfitFile> files;
  for (std::size_t i = 0; i < suspects.size(); ++i)
    if (problems[i]) files.push_back({to_string(suspects[i]), std::move(*problems[i])});
  return files;
}

}  // namespace

bool may_read(const WalName& wal, const Forecast& forecast) {
  switch (wal.kind) {
    case WalKind::history:  // says which timelines there are
      return true;
    case WalKind::backup_label:
      return false;
    case WalKind::segment:
    case WalKind::partial:
      return may_read_segment(wal.segment, forecast);
  }
  return true;
}

UnfitWal unfit_wal(const WalSelection& selection, const Forecast& forecast, archive::WalArchive& archive) {
  Wanted wanted = wanted_files(selection, archive);
  std::vector<UnfitFile> all = take_lost(wanted, archive);
  std::ranges::move(damaged_files(wanted, archive), std::back_inserter(all));
  std::ranges::sort(all, {}, &UnfitFile::name);
  UnfitWal unfit;
  for (UnfitFile& file : all) {
    const auto wal = parse_wal_name(file.name);
    (wal && !may_read(*wal, forecast) ? unfit.others : unfit.needed).push_back(std::move(file));
  }
  return unfit;
}

std::string in_words(const std::vector<UnfitFile>& files) {
  if (files.size() == 1) return files.front().problem;
  return fmt::format("{} ({} more cannot be copied either)", files.front().problem, files.size() - 1);
}

std::string left_out_in_words(const std::vector<UnfitFile>& files, bool needed) {
  return fmt::format("{}: left out, recovery {}", in_words(files), needed ? "ends there" : "does not need it");
}

std::string advice_on_unfit(const archive::WalArchive& archive) {
  const std::string& server = archive.config().name;
  return fmt::format(
      "if there is another copy of this file, put it into the incoming directory and run 'barman archive-wal {0}'; "
      "without one, give a target before it, or --no-target-check, which leaves it out: recovery ends there. 'barman "
      "recovery-window {0}' says what can be reached.",
      server);
}

}  // namespace barman::restore
