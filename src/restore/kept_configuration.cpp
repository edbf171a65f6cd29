#include "kept_configuration.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "barman/catalog/backup_catalog.h"
#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/core/text.h"
#include "barman/exec/command.h"
#include "barman/fs/file.h"

namespace barman::restore {
namespace {

constexpr mode_t private_directory = 0700, private_file = 0600;

struct Kept {
  std::vector<std::string> files, directories;  // below some directory, with a '/' before them
};

// Links lead elsewhere, and are no files of ours.
void find_kept(const std::string& directory, const std::string& below, Kept& kept) {
  for (const std::string& name : fs::list_directory_if_exists(directory + below)) {
    const std::string path = below + '/' + name;
    const auto info = fs::lstat_if_exists(directory + path);
    if (info && S_ISREG(info->st_mode)) kept.files.push_back(path);
    if (!info || !S_ISDIR(info->st_mode)) continue;
    kept.directories.push_back(path);
    find_kept(directory, path, kept);
  }
}

// What came with the files of the cluster. The host that has it looks itself, and follows no link either.
std::vector<std::string> find_restored(const std::string& directory, fs::Host& host) {
  if (!host.is_directory(directory)) return {};
  exec::Command command({"find", directory, "-type", "f", "-print0"}, exec::Limits::within(host.patience()));
  command.log_output = false;
  const exec::Outcome outcome = exec::run_checked(host.runner(), command, fmt::format("cannot list '{}'", directory));
  std::vector<std::string> files = split(outcome.out, '\0');
  std::erase_if(files, [&](const std::string& path) { return !path.starts_with(directory + '/'); });
  for (std::string& path : files) path.erase(0, directory.size());
  std::ranges::sort(files);
  return files;
}

std::string decrypted(const std::string& path, ServerContext& server) {
  const UniqueFd in = fs::open_file(path, O_RDONLY);
  const UniqueFd clear(::memfd_create("configuration", MFD_CLOEXEC));
  if (!clear) throw_errno("create", "a file in memory");
  codec::decode(in.get(), clear.get(), {{.algorithm = codec::Algorithm::gpg, .gpg = server.gpg()}}, path);
  if (::lseek(clear.get(), 0, SEEK_SET) != 0) throw_errno("seek in", "a file in memory");
  std::string text;
  fs::read_blocks(clear.get(), path, [&](std::string_view block) { text += block; });
  return text;
}

// Those beside a backup on this host; with an encrypted one they are encrypted, each as {path}.gpg.
std::vector<std::string> bring_kept(const std::string& from, const std::string& to, bool encrypted,
                                    const RestoreRun& run) {
  Kept kept;
  find_kept(from, "", kept);
  if (kept.files.empty()) return {};
  fs::Host& host = run.target_host;
  host.remove_tree(to);
  host.make_directories(to, private_directory);
  for (const std::string& directory : kept.directories) host.make_directories(to + directory, private_directory);
  for (std::string& file : kept.files) {
    const std::string path = from + file;
    const std::string_view suffix = codec::extension(codec::Algorithm::gpg);
    const bool is_encrypted = encrypted && file.ends_with(suffix);
    if (is_encrypted) file.resize(file.size() - suffix.size());
    host.write_file(to + file, is_encrypted ? decrypted(path, run.server) : fs::read_file(path), private_file);
  }
  return kept.files;
}

}  // namespace

std::vector<std::string> restore_kept_configuration(const RestoreRequest& request, const catalog::BackupInfo& backup,
                                                    const RestoreRun& run) {
  const std::string to = fmt::format("{}/{}", request.destination, catalog::kept_configuration_directory);
  if (run.server.backups().elsewhere()) return find_restored(to, run.target_host);
  const std::string kept = run.server.backups().configuration_directory(backup.backup_id);
  return bring_kept(kept, to, backup.encryption.has_value(), run);
}

}  // namespace barman::restore
