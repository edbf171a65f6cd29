#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "barman/catalog/backup_info.h"
#include "barman/catalog/mirror.h"
#include "barman/config/server_config.h"

namespace barman::catalog {

// Small files beside backup.info (formats.md section 10): meta/{ID}-{key}, formerly base/{ID}/annotations/{key}. Where
// both exist the old one counts, as it does for Barman; put and remove leave no old one behind. What is kept is said in
// a mirror, too, and there first: whoever deletes there has to see it.
class Annotations {
 public:
  explicit Annotations(const config::ServerConfig& config, const Mirroring& mirroring = {});
  std::optional<KeepTarget> keep(const std::string& id) const;  // any content but "standalone" is a full keep
  void set_keep(const std::string& id, KeepTarget target);
  // The same; `noted` gets the mark of the annotation when it is written and on disk, but does not have its name yet.
  void set_keep(const std::string& id, KeepTarget target, const std::function<void(const std::string& mark)>& noted);
  // What tells one annotation from the next of the same backup: what it says and when that was written. Copies that
  // keep times keep it. nullopt: the backup is not kept, or is so in the mirror alone, or in another way than here.
  std::optional<std::string> keep_mark(const std::string& id) const;
  void release_keep(const std::string& id);
  bool delete_this(const std::string& id) const;
  // The mark is a second name of the entry's file, which later changes of the entry leave as it was: it takes no room
  // on a full disk, and says what is being deleted even when the entry is gone. Barman looks only whether it is there.
  // `otherwise`: what is written into it when the entry is not a file here.
  void set_delete_this(const std::string& id, const std::string& otherwise = "delete");
  // The entry as it was when it was marked; nullopt: the mark does not say (Barman's do not).
  std::optional<BackupInfo> marked_entry(const std::string& id) const;
  void clear_delete_this(const std::string& id);
  // The same by a single call, for a deletion that has come to its end: after a power cut the mark may be there again.
  void drop_delete_this(const std::string& id);
  std::vector<std::string> all_delete_this() const;  // the ids that are marked so in meta/, ascending

 private:
  std::optional<std::string> get(const std::string& id, const char* key) const;
  void put(const std::string& id, const char* key, const std::string& value);
  void remove(const std::string& id, const char* key);
  std::optional<std::string> old_path(const std::string& id, const char* key) const;
  const config::ServerConfig& config_;
  const Mirroring mirroring_;
  mutable std::optional<std::map<std::string, KeepTarget>> keeps_;  // of the mirror, once it has been read
};

}  // namespace barman::catalog
