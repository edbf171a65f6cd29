#include "barman/catalog/calendar_keeps.h"

#include "barman/catalog/backup_catalog.h"
#include "barman/fs/file.h"

namespace barman::catalog {

CalendarKeeps::CalendarKeeps(const config::ServerConfig& config, Annotations& annotations)
    : directory_(config.backup_directory + "/.retention-calendar"), annotations_(annotations) {}

bool CalendarKeeps::is_ours(const std::string& id) const {
  const auto noted = fs::read_file_if_exists(path(id));
  return noted && noted == annotations_.keep_mark(id);
}

// The note comes before the annotation has its name: an annotation of ours without a note would stay for ever, a note
// without its annotation means nothing.
void CalendarKeeps::keep(const std::string& id) {
  fs::make_directories(directory_);
  annotations_.set_keep(id, KeepTarget::standalone, [&](const std::string& mark) { fs::replace_file(path(id), mark); });
}

void CalendarKeeps::release(const std::string& id) {
  annotations_.release_keep(id);
  fs::remove_durably(path(id));
}

void CalendarKeeps::tidy() {
  for (const std::string& name : fs::list_directory_if_exists(directory_))
    if (is_backup_id(name) && !is_ours(name)) fs::remove_durably(path(name));
}

}  // namespace barman::catalog
