// Names of WAL files, LSNs and their arithmetic, timeline history files and backup labels.
#include <string>

#include "barman/core/text.h"
#include "barman/wal/segment.h"
#include "barman/wal/text_files.h"
#include "fuzz.h"

namespace barman::fuzz {
namespace {

void try_arithmetic(const Segment& segment) {
  for (std::uint64_t size = 1 << 20; size <= 1 << 30; size *= 2) {
    if (segment.seg > last_seg(size)) continue;
    const Lsn start = start_of(segment, size);
    require(segment_at(start, segment.timeline, size) == segment, "a segment is where it starts");
    require(offset_in_segment(start, size) == 0, "a segment starts at its first byte");
    accepts([&] {
      const Segment after = next(segment, size);
      require(previous(after, size) == segment, "the segment before the next is the same");
      require(start_of(after, size) > start, "the next segment comes later");
      require(segments_between(segment, after, size) == 2, "a segment and the next are two");
      require(segments_between(after, segment, size) == 0, "backwards there are none");
    });
  }
}

void try_name(std::string_view text) {
  const auto name = parse_wal_name(text);
  const auto path = archive_path(text);
  require(name.has_value() == path.has_value(), "what is archived is what is a WAL name");
  if (!name) return;
  require(text.find('/') == std::string_view::npos && text.find('\0') == std::string_view::npos && text.front() != '.',
          "a WAL name is no path and not hidden", text);
  require(path->ends_with(text) && path->find("..") == std::string::npos, "an archived file keeps its name", *path);
  if (name->kind == WalKind::history) {
    require(to_lower(history_name(name->segment.timeline)) == to_lower(text), "a history name round-trips", text);
    return;
  }
  const std::string segment = to_string(name->segment);
  require(to_lower(segment) == to_lower(text.substr(0, segment.size())), "a segment name round-trips", text);
  require(parse_segment(segment) == name->segment, "a segment name reads back", segment);
  try_arithmetic(name->segment);
}

void try_lsn(std::string_view text) {
  const auto lsn = parse_lsn(text);
  if (!lsn) return;
  require(parse_lsn(to_string(*lsn)) == lsn, "an LSN round-trips", text);
  for (std::uint64_t size = 1 << 20; size <= 1 << 30; size *= 2) {
    const Segment segment = segment_at(*lsn, 1, size);
    require(start_of(segment, size).value + offset_in_segment(*lsn, size) == lsn->value,
            "an LSN is in its segment, at its offset", text);
    try_arithmetic(segment);
  }
}

void try_history(std::string_view text) {
  constexpr std::string_view file = "00000002.history";
  try {
    const std::vector<HistoryEntry> entries = parse_history(text, file);
    require(!entries.empty(), "a history has an entry");
    std::string written;
    for (const HistoryEntry& entry : entries)
      written += std::to_string(entry.parent) + '\t' + to_string(entry.switchpoint) + "\tx" + entry.reason + '\n';
    const std::vector<HistoryEntry> again = parse_history(written, file);
    require(again.size() == entries.size(), "a history reads back", written);
    for (std::size_t i = 0; i < entries.size(); ++i)
      require(again[i].parent == entries[i].parent && again[i].switchpoint == entries[i].switchpoint,
              "a history reads back", written);
  } catch (const Error& error) {
    require_place(error, file);
  }
}

}  // namespace

void one_input(std::string_view bytes) {
  const std::string_view line = bytes.substr(0, bytes.find('\n'));
  try_name(line);
  try_lsn(line);
  try_history(bytes);
  accepts([&] { parse_backup_label(bytes); });
}

}  // namespace barman::fuzz
