#include "choice.h"

#include "barman/wal/segment.h"

namespace barman::drill {

Choice choose_at_random(const std::vector<const catalog::BackupInfo*>& backups,
                        const std::map<std::uint32_t, std::string>& newest, const Draw& draw) {
  std::vector<const catalog::BackupInfo*> done;
  for (const catalog::BackupInfo* backup : backups)
    if (backup->status == catalog::BackupStatus::done) done.push_back(backup);
  if (done.empty()) return {};
  Choice choice;
  choice.backup = done[draw(done.size())];
  const auto timeline = static_cast<std::uint32_t>(choice.backup->timeline.value_or(1));
  const auto last = newest.find(timeline);
  const auto end = parse_lsn(choice.backup->end_xlog.value_or(""));
  const auto segment = last == newest.end() ? std::nullopt : parse_segment(last->second);
  if (!end || !segment) return choice;
  const auto size = static_cast<std::uint64_t>(choice.backup->xlog_segment_size);
  const std::uint64_t own = end->value / size, newest_one = start_of(*segment, size).value / size;
  if (newest_one <= own) return choice;
  choice.target.lsn = to_string(Lsn{(own + 1 + draw(newest_one - own)) * size});
  choice.target.timeline = std::to_string(timeline);
  return choice;
}

}  // namespace barman::drill
