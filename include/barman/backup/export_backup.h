#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "barman/codec/codec.h"
#include "barman/report/progress.h"
#include "barman/server/server_context.h"

// A backup and the WAL that makes it consistent, as one file (formats.md section 17).
namespace barman::backup {

struct ExportRequest {
  std::string argument;  // the backup as it was named by the operator
  std::string id;
  std::string directory;
  std::optional<codec::Algorithm> compression;  // gzip, bzip2 or xz
  std::optional<std::int64_t> level;
};

// Writes the tarball, durable, into the directory, under the lock of the backup id; nothing is left there when that
// fails. `describe_host` gives the content of barman.json. Throws Error(refused) for what cannot be exported, or could
// not be imported again.
void export_backup(const ExportRequest& request, ServerContext& server,
                   const std::function<std::string()>& describe_host, Progress& progress);

}  // namespace barman::backup
