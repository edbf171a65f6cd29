#pragma once
#include <string>
#include <vector>

#include "barman/fs/host.h"
#include "barman/restore/combination.h"
#include "barman/restore/restore.h"

namespace barman::restore {

struct CombineCall {
  Combination combination;
  std::string output;  // exists and is empty, as do the directories that are mapped to
  std::vector<Mapping> mappings;
  std::vector<std::string> inputs;
  std::string pid_file;  // empty: none
};

// Runs pg_combinebackup on `host`, where all of it lies, and returns the seconds it took. It ends with us, also on
// another host. Throws Error(postgres) with its own words.
double run_combine(const CombineCall& call, const std::string& backup_id, fs::Host& host, const RestoreRun& run);

}  // namespace barman::restore
