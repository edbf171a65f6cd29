#include "programs.h"

namespace barman::cloud {

const std::vector<Program>& programs() {
  static const std::vector<Program> table = {
      {"barman-cloud-check-wal-archive", "Barman cloud WAL archive check",
       "see whether a new cluster can archive its WAL in an object store",
       "Says whether a new PostgreSQL cluster can archive its WAL under this name in an object store, where WAL of "
       "another one must not be. Creates the bucket if there is none.",
       "barman-cloud-check-wal-archive s3://bucket/path main", check_wal_archive_command},
  };
  return table;
}

}  // namespace barman::cloud
