#pragma once
#include <optional>
#include <string>

#include "barman/reach/known_wal.h"
#include "drilled_wal.h"

namespace barman::drill {

// The WAL that is in an object store, as PostgreSQL will fetch it: that it is there is asked now, what is in it is what
// is noted of it; of what nothing is noted, it is read. A question to the store as it is now, where more may come at
// any time.
class StoredWal : public DrilledWal {
 public:
  // `target`: as recovery_target_timeline has it. Nothing is known of what lies behind `to`.
  StoredWal(ServerContext& server, const recovery::BaseBackup& backup, std::uint64_t segment_size,
            std::string_view target, std::optional<Segment> to = std::nullopt);

 private:
  const recovery::Archive& archive() const override { return archive_; }
  const recovery::TimelinePath& path() const override { return path_; }
  std::vector<WalRecord> read(const Segment& segment, WalReader::Yield yield) const override;
  std::string reason_of(const Segment& segment) const override;

  const reach::KnownWal known_;
  const recovery::TimelinePath path_;
  recovery::Archive archive_;  // of what is there
};

}  // namespace barman::drill
