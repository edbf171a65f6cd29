#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "barman/recovery/judgement.h"
#include "barman/wal/note.h"

namespace barman::drill {

// The WAL that a restore has brought, read here before PostgreSQL reads it: what recovery has to do with it, said
// independently of what it does.
class RestoredWal {
 public:
  // `directory` holds plain WAL files, and history files. `timeline`: to which recovery goes.
  RestoredWal(std::string directory, std::uint32_t timeline);

  std::size_t segments() const { return archive_.notes.size(); }
  // What ends the WAL before its last segment, named; nullopt: nothing, from `backup` on.
  std::optional<std::string> break_behind(const recovery::BaseBackup& backup) const;
  recovery::Judgement judge(const recovery::BaseBackup& backup, const recovery::Target& target) const;
  // The last commit or abort that begins at `from` or behind it and not behind `to`.
  std::optional<recovery::TransactionEnd> last_end(Lsn from, Lsn to) const;

 private:
  void read_all();
  std::string path_of(const Segment& segment) const;
  std::vector<WalRecord> read(const Segment& segment, WalReader::Yield yield) const;
  recovery::TimelinePath path() const;

  std::string directory_;
  std::uint32_t timeline_;
  recovery::Archive archive_;
  std::vector<NotedSegment> noted_;  // as archive_.notes
};

}  // namespace barman::drill
