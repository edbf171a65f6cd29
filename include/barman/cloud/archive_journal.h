#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace barman::cloud {

// An archive of a backup that is in the store, whole.
struct FinishedArchive {
  std::string name;           // "data" or an OID
  int number = 0;             // of the archive of that name, from 0
  std::string key;            // of the object
  std::uint64_t size = 0;     // of the object
  std::uint64_t members = 0;  // of its tree, up to its own last one
  std::string last_member;    // the name of that one
  bool ends_tree = false;
  friend bool operator==(const FinishedArchive&, const FinishedArchive&) = default;
};

// What is remembered of the archives of a backup whose trees do not change, so that an upload that was cut off
// continues behind the archives that are complete.
class ArchiveJournal {
 public:
  virtual ~ArchiveJournal() = default;
  virtual std::vector<FinishedArchive> finished(const std::string& name) = 0;  // in the order of their numbers
  // Called by several threads, once the object is in the store with the size of what was sent; of one name in the
  // order of the numbers.
  virtual void add(const FinishedArchive& archive) = 0;
};

}  // namespace barman::cloud
