#pragma once
#include <string>
#include <vector>

#include "barman/catalog/annotations.h"
#include "barman/config/server_config.h"

namespace barman::catalog {

// Which of the annotations `keep` are the calendar's: those that are as it has written them. Whoever writes one again,
// with either program, makes it his own. Remembered in {backup_directory}/.retention-calendar, a file {ID} for each,
// which Barman ignores; what is lost with it is only the right to release: nothing goes for it.
class CalendarKeeps {
 public:
  CalendarKeeps(const config::ServerConfig& config, Annotations& annotations);

  bool is_ours(const std::string& id) const;
  // Both are durable when they return. `keep` is for a backup that nobody keeps.
  void keep(const std::string& id);
  void release(const std::string& id);
  // Forgets about keeps that are gone, or somebody else's by now.
  void tidy();

 private:
  std::string path(const std::string& id) const { return directory_ + '/' + id; }
  std::string directory_;
  Annotations& annotations_;
};

}  // namespace barman::catalog
