#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "barman/report/progress.h"

namespace barman::backup {

// What a directory and its backup_manifest disagree about, in pg_verifybackup's words.
struct ManifestProblems {
  static constexpr std::size_t most_told = 1000;
  std::vector<std::string> told;
  std::uint64_t count = 0;
};

// Compares every file below `data_directory` with its backup_manifest, as pg_verifybackup --no-parse-wal does: missing
// and additional files, sizes, checksums; links are followed. Files are read on all cores; memory is eight bytes a
// file. A manifest that is missing or damaged is the only problem then.
// `progress`, which is started already, is told of the bytes that were read.
ManifestProblems check_against_manifest(const std::string& data_directory, Progress& progress);

}  // namespace barman::backup
