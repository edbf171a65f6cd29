#include "kept_configuration.h"

#include <sys/stat.h>

#include "barman/catalog/backup_catalog.h"
#include "barman/fs/file.h"

namespace barman::restore {
namespace {

constexpr mode_t private_directory = 0700, private_file = 0600;

// Names below `directory`, with a '/' before them. Links lead elsewhere, and are no files of ours.
void find_files(const std::string& directory, const std::string& below, std::vector<std::string>& files) {
  for (const std::string& name : fs::list_directory_if_exists(directory + below)) {
    const std::string path = below + '/' + name;
    const auto info = fs::lstat_if_exists(directory + path);
    if (info && S_ISDIR(info->st_mode)) find_files(directory, path, files);
    if (info && S_ISREG(info->st_mode)) files.push_back(path);
  }
}

}  // namespace

std::vector<std::string> restore_kept_configuration(const RestoreRequest& request, const catalog::BackupInfo& backup,
                                                    const RestoreRun& run) {
  std::vector<std::string> files;
  if (run.server.backups().elsewhere()) return files;
  const std::string kept = run.server.backups().configuration_directory(backup.backup_id);
  find_files(kept, "", files);
  if (files.empty()) return files;
  const std::string target = request.destination + '/' + kept_configuration_directory;
  run.target_host.remove_tree(target);
  run.target_host.make_directories(target, private_directory);
  for (const std::string& file : files) {
    run.target_host.make_directories(fs::parent_directory(target + file), private_directory);
    run.target_host.write_file(target + file, fs::read_file(kept + file), private_file);
  }
  return files;
}

}  // namespace barman::restore
