#include "unpack.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/error.h"

namespace barman::restore {

PackedBackup::PackedBackup(std::string directory, std::string compression, std::vector<std::string> entries)
    : directory_(std::move(directory)), compression_(std::move(compression)), entries_(std::move(entries)) {
  base_archive();
}

std::string PackedBackup::archive(std::string_view stem) const {
  const std::string start = fmt::format("{}.tar", stem);
  const auto found = std::ranges::find_if(entries_, [&](const std::string& name) {
    return name == start || (name.starts_with(start + ".") && name.find('.', start.size() + 1) == std::string::npos);
  });
  if (found == entries_.end())
    throw Error(Errc::corrupt, fmt::format("no archive {}* in '{}'", start, directory_),
                "the backup is compressed, and this part of it is missing: restore another backup");
  return fmt::format("{}/{}", directory_, *found);
}

std::vector<std::string> tar_argv(std::string_view compression, const std::string& archive,
                                  const std::string& directory, const std::vector<std::string>& exclude) {
  std::vector<std::string> argv = {"tar", "--extract"};
  if (compression == "gzip")
    argv.emplace_back("--gzip");
  else if (compression != "none")
    argv.push_back(fmt::format("--use-compress-program={}", compression));
  argv.insert(argv.end(),
              {fmt::format("--file={}", archive), fmt::format("--directory={}", directory), "--force-local"});
  for (const std::string& pattern : exclude) argv.push_back(fmt::format("--exclude=./{}", pattern));
  for (const std::string& pattern : exclude) argv.push_back(fmt::format("--exclude={}", pattern));
  argv.insert(argv.end(), {"--anchored", "--checkpoint=1000", "--checkpoint-action=dot"});
  return argv;
}

void unpack(const PackedBackup& packed, const std::string& archive, const std::string& directory,
            const std::vector<std::string>& exclude, fs::Host& host) {
  exec::Command command(tar_argv(packed.compression(), archive, directory, exclude),
                        exec::Limits::unless_silent(host.patience()));
  command.on_output_line = [](std::string_view) {};  // that it goes on is all that is wanted of it
  exec::run_checked(host.runner(), command, fmt::format("cannot unpack '{}'", archive));
}

}  // namespace barman::restore
