#pragma once
#include <map>
#include <string>
#include <string_view>

#include "barman/catalog/backup_info.h"

namespace barman::catalog {

enum class KeepTarget { full, standalone };

// The entries of a catalogue, and the marks of what is kept, where its backups are if that is not a directory of this
// machine. Each call asks that place, and throws Error when it does not answer.
class Mirror {
 public:
  struct Entries {
    std::map<std::string, BackupInfo> backups;      // by id
    std::map<std::string, std::string> unreadable;  // why, by id
  };

  virtual ~Mirror() = default;
  virtual std::string where() const = 0;                               // for messages: "s3://BUCKET/PATH/SERVER/base/"
  virtual std::string directory(const std::string& id) const = 0;      // what all names of a backup begin with there
  virtual std::string info_location(const std::string& id) const = 0;  // of its entry, for messages
  virtual Entries read() = 0;
  virtual std::map<std::string, KeepTarget> keeps() = 0;
  virtual void put(const std::string& id, std::string_view entry) = 0;  // text of a backup.info
  virtual void remove(const std::string& id) = 0;                       // the entry alone; it may be gone
  virtual void keep(const std::string& id, KeepTarget target) = 0;
  virtual void release(const std::string& id) = 0;
};

// What is read and what is written of a catalogue.
struct Mirroring {
  Mirror* mirror = nullptr;  // none: meta/ is all there is
  // The backups are there and are found through it: on a host that takes none, and may have nothing but the
  // configuration. Otherwise meta/ is read, and what is saved there is saved in the mirror, too.
  bool is_read = false;
};

}  // namespace barman::catalog
