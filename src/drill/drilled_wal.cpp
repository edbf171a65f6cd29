#include "drilled_wal.h"

#include <fmt/core.h>

namespace barman::drill {

using recovery::Chain;

std::optional<std::string> DrilledWal::break_behind(const recovery::BaseBackup& backup) const {
  const Chain chain(archive(), path());
  const auto problem = chain.problem(backup);
  if (!problem) return fmt::format("backup {} is not on the way to timeline {}", backup.id, path().target());
  if (!problem->empty()) return *problem;
  const std::size_t last = chain.run_end(chain.find(backup.begin));
  if (chain.ended_by(last) == recovery::EndedBy::archive_end) return std::nullopt;
  const std::size_t behind = chain.size() - last - 1;
  if (const auto missing = chain.missing_behind(last, 1); !missing.empty())
    return fmt::format("WAL segment {} is missing: recovery ends there, and does not reach {} that {} archived",
                       to_string(missing.front()), behind, behind == 1 ? "is" : "are");
  const Segment& broken = chain[last].segment;
  return fmt::format("WAL segment {} cannot be replayed to its end: {}", to_string(broken), reason_of(broken));
}

recovery::Judgement DrilledWal::judge(const recovery::BaseBackup& backup, const recovery::Target& target) const {
  const Chain chain(archive(), path());
  return recovery::judge(archive(), chain, backup, target,
                         [this](const Segment& segment, WalReader::Yield yield) { return read(segment, yield); });
}

std::optional<recovery::TransactionEnd> DrilledWal::last_end(Lsn from, Lsn to) const {
  const recovery::TimelinePath& way = path();
  for (auto note = archive().notes.rbegin(); note != archive().notes.rend(); ++note) {
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
