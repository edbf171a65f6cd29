#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace barman::fs {

struct TreeSize {
  std::int64_t all = 0;  // bytes of the regular files
  std::int64_t own = 0;  // of those that no other backup shares (one link)
};

// `left_out`: path below the directory of a file that is not to be counted.
TreeSize measure_tree(const std::string& directory, std::string_view left_out = {});

// Makes everything below `directory` durable: files, names, and the directory's own name.
void sync_tree(const std::string& directory);

// Whether syncfs(2) of a kernel with this release ("6.1.0-18-amd64") reports failed writes: since Linux 5.8.
bool syncfs_reports_failures(std::string_view kernel_release);

}  // namespace barman::fs
