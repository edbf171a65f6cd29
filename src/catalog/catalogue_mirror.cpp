#include <fmt/core.h>

#include "barman/catalog/backup_catalog.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"

// The part of BackupCatalog that deals with its mirror.
namespace barman::catalog {
namespace {

// A hidden file, which whoever reads meta/ passes over.
constexpr std::string_view unsent_prefix = ".unsent-";

}  // namespace

void BackupCatalog::load_mirror() const {
  Mirror::Entries entries = mirroring_.mirror->read();
  for (auto& [id, info] : entries.backups) {
    unreadable_.erase(id);
    stand_ins_.erase(id);
    keep_entry(std::move(info));
  }
  for (const auto& [id, reason] : entries.unreadable) {
    backups_.erase(id);
    unreadable_.insert_or_assign(
        id, Error(Errc::corrupt, reason, fmt::format("look at {}", mirroring_.mirror->info_location(id))));
    load_stand_in(id, "", reason);
  }
}

std::string BackupCatalog::unsent_path(const std::string& id) const {
  return fmt::format("{}/{}{}", config_.meta_directory(), unsent_prefix, id);
}

void BackupCatalog::save_in_mirror(const std::string& id, const std::string& text) {
  try {
    mirroring_.mirror->put(id, text);
  } catch (const Error& error) {
    throw Error(error.code(),
                fmt::format("the entry of backup {} of server {} could not be written to {}: {}", id, config_.name,
                            mirroring_.mirror->info_location(id), error.what()),
                mirroring_.is_read || !error.hint().empty()
                    ? error.hint()
                    : fmt::format("it is saved in {}; cron and the next change of the backup write it there again",
                                  info_path(id)));
  }
  if (fs::exists(unsent_path(id))) fs::remove_durably(unsent_path(id));
}

std::vector<std::string> BackupCatalog::unsent() const {
  std::vector<std::string> ids;
  if (mirroring_.mirror == nullptr || mirroring_.is_read) return ids;
  for (const std::string& name : fs::list_directory_if_exists(config_.meta_directory()))
    if (name.starts_with(unsent_prefix)) ids.push_back(name.substr(unsent_prefix.size()));
  return ids;
}

void BackupCatalog::send(const std::string& id) {
  if (const auto text = fs::read_file_if_exists(info_path(id)))
    save_in_mirror(id, *text);
  else  // deleted since
    fs::remove_durably(unsent_path(id));
}

bool BackupCatalog::exists(const std::string& id) {
  if (!mirroring_.is_read) return fs::exists(readable_info_path(id));
  reload();
  return find(id) != nullptr || unreadable().contains(id);
}

std::string BackupCatalog::manifest_path(const std::string& id) const {
  return fmt::format("{}/{}-backup_manifest", config_.meta_directory(), id);
}

}  // namespace barman::catalog
