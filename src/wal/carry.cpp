#include <fmt/core.h>

#include "barman/core/numbers.h"
#include "barman/core/text.h"
#include "barman/wal/reader.h"

namespace barman {

// AT,PREVIOUS,TIMELINE,SYSTEM-ID,RECORD; PREVIOUS and RECORD may be empty.
std::string WalCarry::to_text() const {
  return fmt::format("{:X},{},{:X},{:X},{}", at.value, previous ? fmt::format("{:X}", previous->value) : "", timeline,
                     system_id, record ? record->to_text() : "");
}

std::optional<WalCarry> WalCarry::parse(std::string_view text) {
  const std::vector<std::string> fields = split(text, ',');
  if (fields.size() != 5) return std::nullopt;
  const auto at = parse_hex(fields[0]), previous = parse_hex(fields[1]), timeline = parse_hex(fields[2]),
             system_id = parse_hex(fields[3]);
  if (!at || !timeline || *timeline > 0xFFFFFFFF || !system_id) return std::nullopt;
  WalCarry carry{.at = {*at}, .timeline = static_cast<std::uint32_t>(*timeline), .system_id = *system_id};
  if (previous) carry.previous = Lsn{*previous};
  if (!previous && !fields[1].empty()) return std::nullopt;
  if (fields[4].empty()) return previous ? std::optional(carry) : std::nullopt;
  carry.record = OpenRecord::parse(fields[4]);
  return carry.record && carry.record->begin() < carry.at ? std::optional(carry) : std::nullopt;
}

namespace {

std::string does_not_continue(Lsn record) {
  return fmt::format("the record at {} does not continue in this segment", to_string(record));
}

WalJoint join_record(OpenRecord record, const WalWalk& walk) {
  if (!walk.opening || walk.opening->announced != record.remaining())
    return {.problem = does_not_continue(record.begin())};
  const WalOpening& opening = *walk.opening;
  if (!record.take(opening)) return {.read_again = true};
  if (opening.taken < opening.announced) {
    if (walk.end == WalEnd::segment_end) return {.continues = record};
    return {};  // the walk says what is wrong
  }
  if (!record.crc_matches())
    return {.problem = fmt::format("the CRC of the record at {} is wrong", to_string(record.begin()))};
  // What follows in the segment counts for nothing, which the walk could not know.
  if (record.kind() == WalRecordKind::segment_switch) return {.read_again = true};
  auto whole = record.finish(walk.opening_end);
  if (!whole)
    return {.problem =
                fmt::format("the record at {} is not what PostgreSQL writes of its kind", to_string(record.begin()))};
  return {.record = std::move(whole)};
}

}  // namespace

WalJoint join(const WalCarry& before, const WalWalk& walk) {
  if (walk.header.segment_size == 0) return {};  // the walk says what is wrong
  if (before.at != walk.begin || before.timeline > walk.header.timeline)
    return {.problem = fmt::format("it does not follow the segment that ends at {}", to_string(before.at))};
  if (before.is_of_another_cluster(walk.header.system_id))
    return {.problem = "it is of another cluster (system identifier) than the segment before"};
  WalJoint joint;
  std::optional<Lsn> previous = before.previous;
  if (before.record && !walk.gives_up_record) {
    joint = join_record(*before.record, walk);
    if (joint.record) previous = joint.record->begin;
  } else if (walk.opening && !walk.gives_up_record) {
    joint.problem = "it begins with the rest of a record, but the one before it is whole";
  }
  const bool follows = !previous || !walk.first_record || walk.first_previous == *previous;
  if (!joint.problem && !joint.continues && !joint.read_again && !follows)
    joint.problem = fmt::format("the record at {} follows one at {}, not the one at {}", to_string(*walk.first_record),
                                to_string(walk.first_previous), to_string(*previous));
  return joint;
}

}  // namespace barman
