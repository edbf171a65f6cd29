#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
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

enum class Notes {
  believed,
  made_anew,  // every segment is read
  alone       // none is read, and nothing is noted: a segment of which nothing is noted counts as whole
};

// What is known of the WAL that a server has archived: of every segment that its index lists and that is there. A
// question to the archive as it is now: what is archived, replaced or deleted afterwards is not seen. Whatever is
// asked, the names of the segments that are there may be remembered (WalArchive::are_there).
class KnownWal {
 public:
  // Segments of which nothing is noted (barman/archive/wal_notes.h) are read, on all cores, and noted; a signal ends
  // that. The server must outlive it. Throws Error for an index that cannot be read.
  explicit KnownWal(ServerContext& server, const Extent& extent = {}, Notes notes = Notes::believed);
  KnownWal(const KnownWal&) = delete;
  KnownWal& operator=(const KnownWal&) = delete;
  ~KnownWal();

  const recovery::Archive& archive() const { return archive_; }
  const std::vector<UnreadSegment>& unread() const { return unread_; }
  std::size_t presumed() const { return presumed_; }  // segments of which nothing is noted, with Notes::alone
  // Whether the archive lists segments behind the extent.
  bool is_cut_off() const { return is_cut_off_; }
  // Segments that PostgreSQL cannot replay up to their ends, for another reason.
  std::vector<UnreadSegment> damaged() const;

  // Segments that follow the archived one which ends at `end` on a timeline, and wait to be archived or are streamed,
  // up to the first that is not whole.
  std::vector<NotedSegment> waiting_behind(std::uint32_t timeline, Lsn end) const;

  // Records of one of these segments, read again. Throws Error where it cannot be read any more. What is returned must
  // not outlive this.
  recovery::ReadRecords reader() const;

  // What recovery_target_timeline of a recovery from a backup on timeline `from` leads to: "latest", "current" (that of
  // the backup) or a number. Throws Error(refused) for what is none of these, Error(not_found) for a timeline whose
  // history is not archived, and Error(corrupt) for a history that cannot be read.
  recovery::TimelinePath path_to(std::string_view target, std::uint32_t from) const;

 private:
  class Joining;
  struct Noted;
  friend bool catch_up(ServerContext& server, std::chrono::steady_clock::time_point until);
  using Until = std::optional<std::chrono::steady_clock::time_point>;
  KnownWal(ServerContext& server, const Extent& extent, Notes notes, Until until);

  bool is_out_of_sight() const;  // nobody may look where the segments are
  void take_notes();
  void read_rest(Until until);
  void presume_rest();
  void make_archive();
  std::vector<WalNote> all_notes() const;
  bool fits(const WalNote& note) const;
  std::optional<WalCarry> carry_behind(const Segment& segment) const;
  std::optional<WalCarry> carry_before(const Segment& segment) const;
  bool can_be_joined(const Segment& segment, const WalNote* noted, const Segment* unknown) const;
  void set_size(std::uint64_t size);
  std::string reason_of(const Segment& segment) const;
  std::optional<std::string> history_text(std::uint32_t timeline) const;
  const std::vector<HistoryEntry>* history_of(std::uint32_t timeline) const;  // nullptr: not archived
  std::vector<WalRecord> records(const Segment& segment, WalReader::Yield yield) const;

  ServerContext& server_;
  const bool alone_;
  std::size_t presumed_ = 0;
  std::uint64_t segment_size_ = default_segment_size;
  bool size_is_known_ = false;
  recovery::Archive archive_;
  std::vector<UnreadSegment> unread_;
  std::unique_ptr<Noted> noted_;          // in the file
  std::map<Segment, NotedSegment> read_;  // just now
  bool is_cut_off_ = false;
  bool complete_ = true;  // all was read
  mutable std::map<std::uint32_t, std::optional<std::vector<HistoryEntry>>> histories_;
};

// What is known, of the segments that are there now. A KnownWal looks for files; objects of a store it believes the
// index to know, as there may be a million of them: these are looked for here, with one request for a directory of WAL.
recovery::Archive what_is_there(const KnownWal& known, ServerContext& server);

// Reads segments of which nothing is noted, and notes them, for so long; and drops notes of what is not there any more,
// once these are many. False when some are left for the next time. Throws Error.
bool catch_up(ServerContext& server, std::chrono::steady_clock::time_point until);

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
