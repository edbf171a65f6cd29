#include "packed_backup.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/core/error.h"
#include "barman/exec/command.h"

namespace barman::restore {

namespace {

constexpr std::string_view encrypted_suffix = ".gpg";

}  // namespace

PackedBackup::PackedBackup(std::string directory, const catalog::BackupInfo& backup, std::vector<std::string> entries)
    : directory_(std::move(directory)),
      compression_(backup.compression.value_or("none")),
      encrypted_(backup.encryption.has_value()),
      entries_(std::move(entries)) {
  base_archive();
}

std::string PackedBackup::archive(std::string_view stem) const {
  const std::string start = fmt::format("{}.tar", stem);
  const auto found = std::ranges::find_if(entries_, [&](std::string_view name) {
    if (name.ends_with(encrypted_suffix) != encrypted_) return false;
    if (encrypted_) name.remove_suffix(encrypted_suffix.size());
    return name == start || (name.starts_with(start + ".") && name.find('.', start.size() + 1) == std::string::npos);
  });
  if (found == entries_.end())
    throw Error(Errc::corrupt,
                fmt::format("no archive {}*{} in '{}'", start, encrypted_ ? encrypted_suffix : "", directory_),
                "the backup consists of archives, and this part of it is missing: restore another backup");
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
  command.on_output_line = [](std::string_view) {};  // only shows that it is alive
  exec::run_checked(host.runner(), command, fmt::format("cannot unpack '{}'", archive));
}

}  // namespace barman::restore
