#include "rsync_call.h"

#include <fmt/core.h>

#include "barman/core/text.h"
#include "barman/fs/rsync.h"
#include "itemized.h"

namespace barman::copy {
namespace {

void add_filters(const Item& item, std::vector<std::string>& argv) {
  for (const std::string& pattern : item.include) argv.push_back("--include=" + pattern);
  for (const std::string& pattern : item.exclude) argv.push_back("--exclude=" + pattern);
  for (const std::string& path : item.exclude_and_protect) {
    const std::string pattern = literal_pattern(path);
    argv.push_back("--exclude=" + pattern);
    argv.push_back("--filter=P_" + pattern);
  }
}

void add_reuse(const Request& request, const Item& item, std::vector<std::string>& argv) {
  const char* option = request.reuse == ReuseMode::link ? "--link-dest" : "--copy-dest";
  argv.push_back(fmt::format("{}={}", option, *item.reuse_directory));
}

std::string with_slash(const std::string& directory) { return directory.ends_with('/') ? directory : directory + "/"; }

void add_ends(const Request& request, const Item& item, const fs::Host& remote_end, std::vector<std::string>& argv) {
  const std::string source = item.directory ? with_slash(item.source) : item.source;
  argv.push_back(request.source_is_remote_end ? remote_end.rsync_path(source) : source);
  argv.push_back(request.source_is_remote_end ? item.destination : remote_end.rsync_path(item.destination));
}

}  // namespace

std::string literal_pattern(std::string_view path) {
  // Without a wildcard a backslash stands for itself.
  if (path.find_first_of("*?[") == std::string_view::npos) return std::string(path);
  std::string pattern;
  for (const char c : path) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

exec::Command rsync_command(const Request& request, const Item& item, const RsyncCall& call,
                            const fs::Host& remote_end) {
  std::vector<std::string> argv;
  if (request.network_compression) argv.emplace_back("-z");
  if (call.recursive) add_filters(item, argv);
  argv.emplace_back(call.recursive ? "-rLKpts" : "-LKpts");
  // Writing in place would write through a hard link into older backups: a first attempt may have made some.
  if (request.reuse != ReuseMode::link) argv.emplace_back("--inplace");
  if (call.reuse) add_reuse(request, item, argv);
  if (call.remove) argv.emplace_back("--delete-excluded");
  if (call.only_remove) argv.insert(argv.end(), {"--existing", "--ignore-existing"});
  if (call.compare) argv.emplace_back("--checksum");
  if (call.dry_run) argv.emplace_back("--dry-run");
  // Twice: tells of what stays as it is, too.
  argv.insert(argv.end(), {"--itemize-changes", "--itemize-changes", std::string("--out-format=") + itemized_format});
  if (item.directory && item.bandwidth_limit > 0) argv.push_back(fmt::format("--bwlimit={}", item.bandwidth_limit));
  if (!call.files_from.empty()) argv.insert(argv.end(), {"--from0", "--files-from=" + call.files_from});
  add_ends(request, item, remote_end, argv);
  return fs::rsync_call(remote_end, argv);
}

bool tells_of_missing_file(std::string_view rsync_stderr) {
  bool missing = false;
  for (const std::string& line : split_lines(rsync_stderr)) {
    if (line.find("write error: Broken pipe (32)") != std::string::npos) continue;
    if (!fs::only_vanished_files(line)) return false;
    missing = missing || line.find("No such file or directory (2)") != std::string::npos ||
              line.find("has vanished") != std::string::npos;
  }
  return missing;
}

bool must_compare(const std::optional<std::int64_t>& mtime, const std::optional<Timestamp>& safe_horizon) {
  if (!mtime || !safe_horizon) return true;
  // Dates have whole seconds here, and the clock that file dates come from may lag: one second of distance.
  return *mtime + 1 >= safe_horizon->seconds();
}

}  // namespace barman::copy
