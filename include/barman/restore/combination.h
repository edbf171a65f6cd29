#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/exec/pg_tools.h"
#include "barman/restore/chain.h"

// How pg_combinebackup is called; all of it is decided before anything is written.
namespace barman::restore {

enum class CombineMode { copy, link, clone, copy_file_range };
std::string_view to_string(CombineMode mode);           // as in --{MODE}
CombineMode parse_combine_mode(std::string_view word);  // of the option's choices; Error(config) for others

struct Combination {
  exec::PgTool tool;
  CombineMode mode = CombineMode::copy;
};

// The first of the backup's own major version. Throws Error(not_found) when `found` is empty, Error(refused) when none
// of them fits. `where`: the host, for the hint.
const exec::PgTool& choose_tool(const std::vector<exec::PgTool>& found, const catalog::BackupInfo& leaf,
                                std::string_view where);

struct ModeFacts {
  bool target_is_remote = false;
  int client_major = 0;
  bool one_file_system = false;  // of the members and of what they are combined into; unknown: false
  bool reads_catalogue = false;  // a member is combined from where it is in the catalogue
  bool downloaded = false;       // all members: what is combined is nobody else's
};
struct ModeChoice {
  CombineMode mode = CombineMode::copy;
  std::vector<std::string> warnings;
};
ModeChoice choose_mode(CombineMode asked, const ModeFacts& facts);

// One tablespace: where the last member has it, by its own link, and where it goes.
struct Mapping {
  std::string from, to;
};
// `inputs`: the data directories, the full backup first.
std::vector<std::string> combine_argv(const Combination& combination, const std::string& output,
                                      const std::vector<Mapping>& mappings, const std::vector<std::string>& inputs);

}  // namespace barman::restore
