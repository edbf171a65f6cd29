#include "encryption.h"

#include <fcntl.h>
#include <fmt/core.h>

#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/parallel.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/report/progress.h"

namespace barman::backup {
namespace {

using catalog::BackupStatus;

constexpr mode_t private_file = 0600;
constexpr std::string_view encrypting = "encrypting the backup";

std::vector<std::string> clear_tarballs(const std::string& directory) {
  std::vector<std::string> paths;
  for (const std::string& name : fs::list_directory_if_exists(directory))
    if (is_clear_tarball(name)) paths.push_back(directory + '/' + name);
  return paths;
}

void encrypt(const std::string& clear, const codec::Recipe& recipe) {
  fs::FileReplacement encrypted(clear + std::string(codec::extension(codec::Algorithm::gpg)), private_file);
  const UniqueFd input = fs::open_file(clear, O_RDONLY | O_NOFOLLOW);
  codec::encode(input.get(), encrypted.fd(), recipe, clear);
  encrypted.commit();
  fs::remove_durably(clear);
}

// False: something could not be removed, which has been reported.
bool remove_all(const std::string& directory, Notifier& notifier) {
  try {
    for (const std::string& path : clear_tarballs(directory)) fs::remove_durably(path);
    return true;
  } catch (const Error& error) {
    notifier.error(fmt::format("cannot remove what is not encrypted: {}", error.what()));
    return false;
  }
}

// Copies: what is saved changes the catalogue.
std::vector<catalog::BackupInfo> with_clear_remains(ServerContext& server) {
  std::vector<catalog::BackupInfo> entries;
  for (const auto& [id, entry] : server.backups().all()) {
    const bool may_be = entry.status == BackupStatus::started || entry.status == BackupStatus::failed;
    if (entry.encryption && may_be && !clear_tarballs(server.backups().data_directory(entry.backup_id)).empty())
      entries.push_back(entry);
  }
  return entries;
}

}  // namespace

bool is_clear_tarball(std::string_view name) {
  if (name.starts_with('.') || name.ends_with(codec::extension(codec::Algorithm::gpg))) return false;
  if (name.ends_with(".tar")) return true;
  const std::size_t dot = name.rfind('.');
  return dot != std::string_view::npos && name.substr(0, dot).ends_with(".tar");
}

void note_encryption(BackupRun& run) {
  if (run.server.config().encryption) run.info.encryption = codec::name(codec::Algorithm::gpg);
}

void encrypt_tarballs(BackupRun& run) {
  if (!run.info.encryption) return;
  run.action = encrypting;
  run.server.notifier().info(fmt::format("Encrypting backup using {} encryption", *run.info.encryption));
  const Waiting waiting(run.progress, encrypting);
  const codec::Recipe recipe{{.algorithm = codec::Algorithm::gpg, .gpg = run.server.gpg()}};
  const std::vector<std::string> tarballs = clear_tarballs(run.data_directory());
  on_all_cores(tarballs.size(), [&](std::size_t i) { encrypt(tarballs[i], recipe); });
}

void remove_clear_tarballs(const BackupRun& run) {
  if (run.info.encryption) remove_all(run.data_directory(), run.server.notifier());
}

bool has_clear_remains(ServerContext& server) { return !with_clear_remains(server).empty(); }

void clear_remains(ServerContext& server) {
  for (catalog::BackupInfo& entry : with_clear_remains(server)) {
    if (!remove_all(server.backups().data_directory(entry.backup_id), server.notifier())) continue;
    if (entry.status == BackupStatus::failed) continue;
    entry.set_status(BackupStatus::failed);
    entry.error = "failure copying files (the backup was interrupted before it was encrypted)";
    server.backups().save(entry);
    server.notifier().warning(fmt::format(
        "Backup {} of server {} was interrupted before it was encrypted: its files were removed, and it is FAILED",
        entry.backup_id, server.config().name));
  }
}

}  // namespace barman::backup
