#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/catalog/xlogdb.h"
#include "barman/fs/spool_file.h"
#include "barman/restore/restore.h"
#include "barman/restore/target.h"

namespace barman::restore {

// The archived files that a recovery needs, kept in a file so that their number does not matter.
class WalList {
 public:
  // `path`: a new file, owned by the caller's temporary directory.
  explicit WalList(const std::string& path) : names_(path) {}
  void add(std::string_view name);
  void finish() { names_.finish(); }  // before the first for_each(); nothing is added after that
  void for_each(const std::function<void(const std::string&)>& visit) const;
  std::size_t size() const { return count_; }
  const std::string& last() const { return last_; }

 private:
  fs::SpoolFile names_;
  std::string last_;
  std::size_t count_ = 0;
};

struct WalToDeliver {
  const WalList& names;
  std::string extra_partial{};  // path of a streamed partial segment to deliver too, or empty
  std::uint64_t segment_size = 0;
  std::string destination;
  // What recovery does not read: it is left out where it is gone, damaged or cannot be read. Without this, all counts.
  std::function<bool(const WalName&)> is_needed{};
};

// Puts them, decompressed, into `destination` on the target host (made with mode 0700). Partial files lose their
// suffix. To another host, what is archived uncompressed is sent from the archive itself; the rest is unpacked in a
// private directory below request.wal_staging_path, of which at most 256 MiB or half of its free room, but one segment
// in any case, are in use. Throws Error with "Failure copying WAL files: ..." when one cannot be delivered, or is not
// the file of its name. Returns the names of what was left out, in order, each of which has been reported to the
// notifier. Notes of what has turned out to be damaged are dropped: whoever asks next looks for himself.
std::vector<std::string> deliver_wal(const RestoreRequest& request, const WalToDeliver& wal, const RestoreRun& run);

// pg_wal/archive_status/{name}.done for each, but for those in `left_out`, so that PostgreSQL does not archive them
// again.
void mark_as_archived(const WalToDeliver& wal, const std::vector<std::string>& left_out, const RestoreRun& run);

// Decides, entry by entry, which archived files a restore needs (algorithms.md 15.4). Each for itself: a segment that
// was archived late has its line behind higher ones.
class WalSelection {
 public:
  // `partial`: archived .partial files are wanted too. `read_to`: the last segment that recovery reads, where that is
  // known: the record at a target LSN may end, or be the first one, in a segment behind it.
  WalSelection(const catalog::BackupInfo& backup, const RecoveryTarget& target, std::uint32_t timeline, bool partial,
               const std::optional<Segment>& read_to = {});
  bool wants(std::string_view name) const;
  std::uint32_t timeline() const { return timeline_; }
  bool with_partial() const { return partial_; }

 private:
  bool beyond_target(std::string_view name) const;
  std::string begin_wal_, end_wal_;
  std::uint32_t timeline_;
  bool immediate_;
  std::optional<std::string> lsn_segment_;  // the segment that holds the target LSN
  bool partial_;
};

// What a restore copies out of an archive.
WalSelection selection_for(const RestoreRequest& request, const catalog::BackupInfo& backup,
                           const RecoveryTarget& target, const archive::WalArchive& archive,
                           const std::optional<Segment>& read_to = {});

// That WAL which is archived encrypted can be decrypted, as far as that can be told before a byte is copied: a
// passphrase command is set and works where one of these files needs it. Throws Error(config).
void require_readable_wal(const WalSelection& selection, const RestoreRun& run);

// The timeline whose WAL is copied: the target's; else for PostgreSQL 12 and later (recovery_target_timeline = latest)
// the highest of the archive, before that the one of the backup's end WAL.
std::uint32_t timeline_to_copy(const catalog::BackupInfo& backup, const RecoveryTarget& target,
                               std::optional<std::uint32_t> highest_in_archive);

}  // namespace barman::restore
