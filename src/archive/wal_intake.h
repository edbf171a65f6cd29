#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "barman/archive/publisher.h"

namespace barman::archive {

// How new files get among those of an archive: what Publisher does, as far as it differs between a directory and an
// object store. compare() and prepare() may be called by several threads at once.
class WalIntake {
 public:
  virtual ~WalIntake() = default;

  virtual std::size_t most_at_once() const = 0;  // files that are worth being prepared at the same time
  virtual std::string target(const PreparedWal& wal) const = 0;
  // What killed runs left where these files go.
  virtual void remove_leftovers(const std::vector<std::string>& names) const = 0;
  // Sets the kind by what is stored under the name, and the entry where that is the same content.
  virtual void compare(PreparedWal& wal) const = 0;
  // The slow part for a new file, or for one that replaces a damaged one: afterwards it only needs its name, or its
  // line. Sets the entry. Where somebody else was faster the kind changes.
  virtual void prepare(PreparedWal& wal) const = 0;
  // Gives a new file its name. Throws Error(refused) where something else has it.
  virtual void place(PreparedWal& wal) const = 0;
  // Makes the names of these files durable.
  virtual void settle(std::span<const PreparedWal> wals) const = 0;
  // Takes back what prepare() has stored of a file that was changed meanwhile.
  virtual void withdraw(PreparedWal& wal) const = 0;
  // Keeps the damaged file in the errors directory, durably; returns its path there.
  virtual std::string keep_damaged(const PreparedWal& wal) const = 0;
  // Puts the file in the place of the damaged one, durably, and completes its entry.
  virtual void exchange(PreparedWal& wal) const = 0;
  // The line of a file that is stored; nullopt: it is not there.
  virtual std::optional<catalog::WalEntry> stored_entry(const std::string& name) const = 0;
};

}  // namespace barman::archive
