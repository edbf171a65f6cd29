#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "barman/exec/command.h"
#include "barman/fs/host.h"

namespace barman::fs {

// One plain rsync call ("-rLKpts --delete-excluded --inplace", algorithms.md section 5). rsync itself always runs here.
struct RsyncOptions {
  std::vector<std::string> extra;  // placed before source and destination
  bool network_compression = false;
  int bandwidth_limit = 0;           // kB/s, 0: none
  std::optional<std::string> input;  // for --files-from=-
};

// Every rsync starts here: by the ssh command of `remote_end`, and given up when it does nothing for its patience.
exec::Command rsync_call(const Host& remote_end, const std::vector<std::string>& arguments);

exec::Command rsync_command(const RsyncOptions& options, const Host& remote_end, const std::string& source,
                            const std::string& destination);

// Runs it. Exit codes 0 and 24 are success; 23 only if `vanished_files_are_fine` (copying from a running server: never
// for files that must be there, such as WAL being restored) and every line of stderr is about a vanished file.
// Everything else is Error(remote, "data transfer failure\nrsync error:\n{stderr}"). Memory stays flat however much
// rsync complains.
exec::Outcome run_rsync(exec::Runner& local, const exec::Command& command, bool vanished_files_are_fine = false);
bool only_vanished_files(std::string_view rsync_stderr);

}  // namespace barman::fs
