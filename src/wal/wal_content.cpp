#include "barman/wal/wal_content.h"

#include <fmt/core.h>

#include <algorithm>

namespace barman {

namespace {

std::optional<std::string> header_problem(const WalName& wal, const SegmentHeader& header, std::uint64_t size) {
  if (header.segment_size != size)
    return fmt::format("{} bytes of a WAL segment of {} bytes", size, header.segment_size);
  if (header.address != start_of(wal.segment, size))
    return fmt::format("it begins as segment {}", to_string(segment_at(header.address, wal.segment.timeline, size)));
  if (header.timeline > wal.segment.timeline) return fmt::format("it is of timeline {}", header.timeline);
  return std::nullopt;
}

bool is_zeros(std::string_view bytes) { return bytes.find_first_not_of('\0') == std::string_view::npos; }

}  // namespace

bool is_text(WalKind kind) { return kind == WalKind::history || kind == WalKind::backup_label; }

std::optional<std::string> ending_problem(const WalName& wal, std::string_view head, char last) {
  if (!is_text(wal.kind) || last == '\n') return std::nullopt;
  const bool begins_as_text =
      wal.kind == WalKind::history ? head.find_first_of("0123456789#") == 0 : head.starts_with("START WAL LOCATION");
  if (!begins_as_text) return std::nullopt;
  return "it ends in the middle of a line";
}

std::optional<std::string> wal_problem(const WalName& wal, std::string_view head, std::uint64_t size,
                                       Unrecognised unrecognised) {
  if (size == 0) return "it is empty";
  if (is_text(wal.kind)) return std::nullopt;
  if (const auto header = parse_segment_header(head)) return header_problem(wal, *header, size);
  if (size < segment_header_size && begins_as_segment_header(head))
    return fmt::format("{} bytes of the header of a WAL segment", size);
  if (wal.kind == WalKind::segment && is_zeros(head.substr(0, segment_header_size)))
    return "it begins with zeros instead of the header of a WAL segment";
  if (unrecognised == Unrecognised::accept || is_segment_size(size)) return std::nullopt;
  return fmt::format("{} bytes, which is no size of a WAL segment", size);
}

std::optional<std::string> WalContent::add(std::string_view piece) {
  if (head_.size() < segment_header_size) head_.append(piece.substr(0, segment_header_size - head_.size()));
  size_ += piece.size();
  if (!piece.empty()) last_ = piece.back();
  if (is_text(wal_.kind)) return std::nullopt;
  const auto header = parse_segment_header(head_);
  if (!header) return std::nullopt;
  return header_problem(wal_, *header, std::max<std::uint64_t>(size_, header->segment_size));
}

std::optional<std::string> WalContent::problem() const {
  if (auto problem = wal_problem(wal_, head_, size_, unrecognised_)) return problem;
  return ending_problem(wal_, head_, last_);
}

}  // namespace barman
