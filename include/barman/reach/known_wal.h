#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/recovery/archive.h"
#include "barman/server/server_context.h"

namespace barman::reach {

// A segment that the archive lists and that could not be looked into, for example without the passphrase. In
// recovery::Archive it has a note that ends in WalEnd::unreadable, which says nothing of what PostgreSQL could do.
struct UnreadSegment {
  Segment segment;
  std::string reason;
};

// Between which segments a question stays, both included, whatever their timeline.
struct Extent {
  std::optional<Segment> from{}, to{};
};

// What is known of the WAL that a server has archived: of every segment that its index lists and that is there. A
// question to the archive as it is now: what is archived, replaced or deleted afterwards is not seen.
class KnownWal {
 public:
  // Segments of which nothing is known are read, on all cores; a signal ends that. The server must outlive it. Throws
  // Error for an index that cannot be read.
  explicit KnownWal(ServerContext& server, const Extent& extent = {});
  KnownWal(const KnownWal&) = delete;
  KnownWal& operator=(const KnownWal&) = delete;
  ~KnownWal();

  const recovery::Archive& archive() const { return archive_; }
  const std::vector<UnreadSegment>& unread() const { return unread_; }
  // Whether the archive lists segments behind the extent.
  bool is_cut_off() const { return is_cut_off_; }

  // Records of one of these segments, read again. Throws Error where it cannot be read any more. What is returned must
  // not outlive this.
  recovery::ReadRecords reader() const;

  // What recovery_target_timeline of a recovery from a backup on timeline `from` leads to: "latest", "current" (that of
  // the backup) or a number. Throws Error(refused) for what is none of these, Error(not_found) for a timeline whose
  // history is not archived, and Error(corrupt) for a history that cannot be read.
  recovery::TimelinePath path_to(std::string_view target, std::uint32_t from) const;

 private:
  class Joining;
  std::vector<Segment> listed(const Extent& extent);
  void add(const NotedSegment& noted);
  std::optional<WalCarry> carry_behind(const Segment& segment) const;
  std::optional<WalCarry> carry_before(const Segment& segment) const;
  std::optional<std::string> history_text(std::uint32_t timeline) const;
  const std::vector<HistoryEntry>* history_of(std::uint32_t timeline) const;  // nullptr: not archived
  std::vector<WalRecord> records(const Segment& segment, WalReader::Yield yield) const;

  ServerContext& server_;
  std::uint64_t segment_size_ = default_segment_size;
  recovery::Archive archive_;
  std::vector<UnreadSegment> unread_;
  bool is_cut_off_ = false;
  std::map<Segment, NotedSegment> read_;  // just now
  mutable std::map<std::uint32_t, std::optional<std::vector<HistoryEntry>>> histories_;
};

// The backups of the catalogue from which a recovery can begin, in the order of their ids: those of which all is
// copied. `why_not` gets the others, each with the reason.
struct Unusable {
  std::string backup_id, reason;
};
std::vector<recovery::BaseBackup> base_backups(ServerContext& server, std::vector<Unusable>* why_not = nullptr);

// The same of one backup, which must have been copied; Error(corrupt) where its entry does not say where it begins and
// ends.
recovery::BaseBackup base_backup(ServerContext& server, const std::string& id);

}  // namespace barman::reach
