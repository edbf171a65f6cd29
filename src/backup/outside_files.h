#pragma once
#include <functional>
#include <string>
#include <vector>

#include "backup_run.h"

namespace barman::backup {

// What pg_basebackup leaves behind: the configuration files that are not below PGDATA. They are read through
// ssh_command where there is one, or else by PostgreSQL itself as far as the role may. What could not be read is a
// warning; the backup is whole without. With the option external_configuration somebody else looks after them.

// Keeps them with the backup (BackupCatalog::configuration_directory), mode 0600; with an encrypted backup encrypted,
// each as {path}.gpg.
void keep_outside_files(const BackupRun& run);

struct OutsideFile {
  std::string path;  // on the server
  std::string text;
};
struct OutsideFiles {
  std::vector<OutsideFile> files;
  std::vector<std::string> directories;    // that are included; what is in them is among the files
  std::vector<std::string> left, reasons;  // what could not be read, and why
};
// The same for a backup that goes into an object store, as a part of it. Throws nothing but Interrupted.
OutsideFiles read_outside_files(const BackupRun& run);
void report_outside_files(const BackupRun& run, const OutsideFiles& outside);

// Whether a path from a server can be one below a directory of ours: absolute, without "..".
bool can_be_kept(const std::string& path);

}  // namespace barman::backup
