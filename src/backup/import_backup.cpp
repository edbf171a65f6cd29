#include "barman/backup/import_backup.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include "barman/archiver/archived_files.h"
#include "barman/archiver/server_directories.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/on_exit.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "digest.h"
#include "import_checks.h"
#include "tarball_name.h"
#include "tree.h"
#include "unpack_tarball.h"

namespace barman::backup {
namespace {

constexpr std::string_view staging_prefix = ".import-";

[[noreturn]] void refuse(const std::string& text, std::string hint = {}) {
  throw Error(Errc::refused, text, std::move(hint));
}

void check_file(const std::string& tarball) {
  const auto info = fs::stat_if_exists(tarball);
  if (!info) refuse(fmt::format("Tarball file '{}' does not exist", tarball));
  if (!S_ISREG(info->st_mode)) refuse(fmt::format("Tarball path '{}' is not a file", tarball));
  if (::access(tarball.c_str(), R_OK) != 0) refuse(fmt::format("Tarball file '{}' is not readable", tarball));
  if (!is_tarball(tarball)) refuse(fmt::format("File '{}' is not a valid tar file", tarball));
}

void check_checksum(const std::string& tarball, const TarballName& name) {
  const std::string actual = digest_file(tarball, ChecksumKind::sha256).checksum.substr(0, tarball_digits);
  if (actual != name.checksum)
    throw Error(Errc::corrupt, fmt::format("Tarball checksum mismatch: filename contains '{}' but actual checksum is "
                                           "'{}'. The file may have been modified or corrupted.",
                                           name.checksum, actual));
}

fs::LockFile take(const std::string& path, const std::string& server) {
  if (auto lock = fs::LockFile::try_acquire(path)) return std::move(*lock);
  throw Error(Errc::lock_busy, fmt::format("Another backup operation is already running on server '{}'", server));
}

void check_free(const std::string& id, const ImportCollaborators& with) {
  if (with.backups.find(id) != nullptr || with.backups.unreadable().contains(id))
    refuse(fmt::format("Backup '{}' already exists in the catalog for server '{}'", id, with.config.name));
  const std::string directory = with.backups.base_directory(id);
  if (fs::lstat_if_exists(directory))
    refuse(fmt::format("Directory '{}' exists already", directory),
           "no backup of the catalogue owns it: move it away if nothing needs it");
}

void remove_leftovers(const std::string& directory) {
  for (const std::string& name : fs::list_directory_if_exists(directory))
    if (name.starts_with(staging_prefix)) fs::remove_tree(directory + '/' + name);
}

// Gives the staged WAL files their names in the archive. Those whose names are taken hold the same.
class WalPlacement {
 public:
  WalPlacement(const config::ServerConfig& config, std::string staged) : config_(config), staged_(std::move(staged)) {}
  WalPlacement(const WalPlacement&) = delete;
  WalPlacement& operator=(const WalPlacement&) = delete;
  ~WalPlacement() {
    for (const std::string& path : placed_) ::unlink(path.c_str());
  }

  void place(const std::string& name) {
    const std::string target = archiver::archived_path(config_, name);
    if (fs::exists(target)) return;
    const std::string directory = fs::parent_directory(target);
    if (!fs::is_directory(directory)) {
      fs::make_directories(directory);
      fs::sync_directory(fs::parent_directory(directory));
    }
    move(staged_ + '/' + name, target);
    placed_.push_back(target);
    fs::sync_directory(directory);
  }

  void keep() { placed_.clear(); }

 private:
  static void move(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) == 0) return;
    if (errno != EXDEV) throw_errno(fmt::format("rename '{}' to", from), to);
    const std::string temporary = fmt::format("{}/.{}.tmp", fs::parent_directory(to), base_name(to));
    const OnExit discard([&] { ::unlink(temporary.c_str()); });
    fs::remove_file(temporary);
    fs::copy_file(from, temporary);
    fs::sync_file(temporary);
    fs::rename_file(temporary, to);
  }

  const config::ServerConfig& config_;
  std::string staged_;
  std::vector<std::string> placed_;
};

void make_tablespace_links(const UnpackedTarball& unpacked, const std::string& tree, const std::string& directory) {
  for (const std::string& link : unpacked.tablespace_links) {
    const std::string path = tree + '/' + link;
    if (fs::lstat_if_exists(path)) throw Error(Errc::corrupt, fmt::format("Tarball contains 'backup/{}' twice", link));
    fs::make_directories(fs::parent_directory(path), 0700);
    fs::make_symlink(fmt::format("{}/{}", directory, base_name(link)), path);
  }
}

// From here on nothing is refused. The last step makes it a backup.
void commit(const ImportedBackup& backup, const std::string& info_text, const std::string& staging,
            const ImportCollaborators& with) {
  const std::string id = backup.info.backup_id;
  const std::string directory = with.backups.base_directory(id);
  WalPlacement placement(with.config, staging + "/wals");
  for (const catalog::WalEntry& entry : backup.wals) placement.place(entry.name);
  with.xlogdb().add_missing(backup.wals);
  placement.keep();

  fs::rename_file(staging + "/backup", directory);
  OnExit discard([&] {
    try {
      fs::remove_tree(directory);
      with.annotations.release_keep(id);
    } catch (const std::exception& error) {  // an interruption as well: this is called by a destructor
      log::error("barman.backup", "cannot remove what was imported: {}", error.what());
    }
  });
  fs::sync_directory(with.config.basebackups_directory);
  with.annotations.set_keep(id, catalog::KeepTarget::standalone);
  fs::replace_file(with.backups.info_path(id), info_text);
  discard.dismiss();
  with.backups.reload();
}

}  // namespace

void import_backup(const std::string& tarball, const ImportCollaborators& with) {
  const config::ServerConfig& config = with.config;
  check_file(tarball);
  with.notifier.info(fmt::format("Importing backup from '{}' to server '{}'", tarball, config.name));
  const auto identity = catalog::read_identity(config.backup_directory);
  if (!identity)
    refuse(
        fmt::format("No identity file found for server '{}'. The identity file is required to validate the backup "
                    "during import.",
                    config.name));
  const TarballName name = parse_tarball_name(base_name(tarball), config.name);
  check_checksum(tarball, name);

  archiver::create_server_directories(config);
  const fs::LockFile server_lock = take(with.locks.backup(), config.name);
  const fs::LockFile id_lock = take(with.locks.backup_id(name.id), config.name);
  check_free(name.id, with);
  remove_leftovers(config.basebackups_directory);
  const fs::TemporaryDirectory staging(staging_prefix, config.basebackups_directory);
  const UnpackedTarball unpacked = unpack_tarball(tarball, staging.path());
  const ImportedBackup backup = check_unpacked(unpacked, name.id, config.name, *identity, with.notifier);
  check_wal_conflicts(backup.wals, staging.path() + "/wals", config, with.xlogdb());
  make_tablespace_links(unpacked, staging.path() + "/backup", with.backups.base_directory(name.id));
  sync_tree(staging.path());
  commit(backup, *unpacked.info, staging.path(), with);
  with.notifier.info(fmt::format("Successfully imported backup '{}' into server '{}'", name.id, config.name));
}

}  // namespace barman::backup
