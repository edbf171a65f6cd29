#pragma once
#include <string_view>

#include "backup_run.h"

// The tar files of a backup, encrypted once PostgreSQL has sent them: pg_basebackup writes to standard output only
// what has neither tablespaces nor a manifest beside it, so they lie there in clear until the copy is whole.
namespace barman::backup {

// By its name: x.tar, x.tar.gz; neither x.tar.gpg nor x.tar.gz.gpg.
bool is_clear_tarball(std::string_view name);

// Whether what is copied will be encrypted; noted in the entry before the copy begins, so that whoever finds the
// remains of a killed backup knows what must not stay.
void note_encryption(BackupRun& run);

// Each as {name}.gpg with mode 0600, on all cores: encrypted, synced and named before the clear one goes.
void encrypt_tarballs(BackupRun& run);

// What is clear in a backup that was to be encrypted and failed goes. Reports what cannot be removed.
void remove_clear_tarballs(const BackupRun& run);

bool has_clear_remains(ServerContext& server);
// The same for backups of which nothing but their remains is left, for the holder of the server's backup lock: those
// that were STARTED become FAILED.
void clear_remains(ServerContext& server);

}  // namespace barman::backup
