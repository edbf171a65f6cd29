#pragma once
#include <sys/stat.h>

#include <map>
#include <string>

#include "barman/catalog/backup_info.h"

namespace barman::catalog {

// What entries said when they were read, as long as their files have not changed since: a catalogue that is read again
// and again while backups are deleted costs a look at each file, not its content.
class ReadEntries {
 public:
  // nullptr: this is not the file that was read.
  const BackupInfo* find(const std::string& path, const struct ::stat& now) const;
  // `before` is of before it was read. What was changed a moment ago is not kept: one more change within the same tick
  // of the file system's clock would not show.
  void keep(const std::string& path, const struct ::stat& before, const BackupInfo& info);

 private:
  struct Entry {
    struct ::stat file {};
    BackupInfo info;
  };
  std::map<std::string, Entry> entries_;
};

}  // namespace barman::catalog
