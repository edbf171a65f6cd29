#pragma once
#include <string>

// A backup_manifest for a directory that rsync copied (formats.md section 15), as pg_verifybackup reads it.
namespace barman::backup {

// Digests every file below `data_directory` on all cores and writes {data_directory}/backup_manifest durably. Memory
// does not grow with the number of files. `replace` false: one that is there is Error(refused) "File {path} already
// exists.".
void write_manifest(const std::string& data_directory, bool replace);

}  // namespace barman::backup
