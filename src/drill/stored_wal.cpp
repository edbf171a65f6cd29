#include "stored_wal.h"

#include <algorithm>

namespace barman::drill {

StoredWal::StoredWal(ServerContext& server, const recovery::BaseBackup& backup, std::uint64_t segment_size,
                     std::string_view target, std::optional<Segment> to)
    : known_(server, {segment_at(backup.begin, backup.timeline, segment_size), to}),
      path_(known_.path_to(target, backup.timeline)),
      archive_(reach::what_is_there(known_, server)) {}

std::vector<WalRecord> StoredWal::read(const Segment& segment, WalReader::Yield yield) const {
  return known_.reader()(segment, yield);
}

std::string StoredWal::reason_of(const Segment& segment) const {
  for (const auto& found : {known_.damaged(), known_.unread()})
    if (const auto at = std::ranges::find(found, segment, &reach::UnreadSegment::segment); at != found.end())
      return at->reason;
  return "it is not whole";
}

}  // namespace barman::drill
