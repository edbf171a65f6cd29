#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "barman/recovery/judgement.h"

namespace barman::drill {

// The WAL that a drill recovers with: what PostgreSQL has to do with it, said independently of what it does.
class DrilledWal {
 public:
  DrilledWal() = default;
  DrilledWal(const DrilledWal&) = delete;
  DrilledWal& operator=(const DrilledWal&) = delete;
  virtual ~DrilledWal() = default;

  std::size_t segments() const { return archive().notes.size(); }
  // What ends the WAL before its last segment, named; nullopt: nothing, from `backup` on.
  std::optional<std::string> break_behind(const recovery::BaseBackup& backup) const;
  recovery::Judgement judge(const recovery::BaseBackup& backup, const recovery::Target& target) const;
  // The last commit or abort that begins at `from` or behind it and not behind `to`.
  std::optional<recovery::TransactionEnd> last_end(Lsn from, Lsn to) const;

 protected:
  virtual const recovery::Archive& archive() const = 0;
  virtual const recovery::TimelinePath& path() const = 0;  // on which recovery goes
  virtual std::vector<WalRecord> read(const Segment& segment, WalReader::Yield yield) const = 0;
  // Why a segment cannot be replayed to its end.
  virtual std::string reason_of(const Segment& segment) const = 0;
};

}  // namespace barman::drill
