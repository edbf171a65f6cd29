#include "barman/backup/import_backup.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "barman/archive/wal_archive.h"
#include "barman/archiver/server_directories.h"
#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/backup_chain.h"
#include "barman/catalog/identity.h"
#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/core/json_depth.h"
#include "barman/core/log.h"
#include "barman/core/on_exit.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/fs/lock_file.h"
#include "barman/fs/tree.h"
#include "barman/wal/segment.h"
#include "checksum.h"
#include "export_format.h"
#include "tarball.h"

namespace barman::backup {

namespace {

struct ImportedBackup {
  catalog::BackupInfo info;
  std::vector<catalog::WalEntry> wals;  // ascending
};

using catalog::WalEntry;

[[noreturn]] void corrupt(const std::string& text) { throw Error(Errc::corrupt, text); }

void check_identity(const std::string& text, const catalog::Identity& ours, Notifier& notifier) {
  const nlohmann::json document = nlohmann::json::parse(text, nullptr, false);
  if (!document.is_object() || json_depth(text) > deepest_json)
    corrupt("Failed to parse identity.json from tarball: it is not a JSON object");
  const auto value = [&document](const char* key) {
    const auto found = document.find(key);
    if (found == document.end()) return std::string();
    return found->is_string() ? found->get<std::string>() : found->dump();
  };
  if (value("systemid") != ours.systemid)
    throw Error(Errc::refused, fmt::format("Server identity mismatch: exported backup has systemid '{}' but target "
                                           "server has systemid '{}'",
                                           value("systemid"), ours.systemid));
  if (value("version") != ours.major_version)
    notifier.warning(
        fmt::format("PostgreSQL version mismatch: exported backup has version '{}' but target server has "
                    "version '{}'",
                    value("version"), ours.major_version));
}

void check_parts(const UnpackedTarball& unpacked) {
  const auto require = [](bool there, const char* what) {
    if (!there) corrupt(fmt::format("Exported tarball does not contain {}", what));
  };
  require(unpacked.has_tree, "a 'backup/' directory");
  require(unpacked.info.has_value(), "a 'backup.info' file");
  require(unpacked.has_wals, "a 'wals/' directory");
  require(unpacked.index.has_value(), "a 'xlog.db' file");
}

catalog::BackupInfo check_info(const std::string& text, const std::string& id, const std::string& server) {
  catalog::BackupInfo info = catalog::parse_backup_info(text, "backup.info of the tarball", id);
  if (info.type() == catalog::BackupType::incremental)
    throw Error(Errc::refused, fmt::format("Cannot import backup {} into server {}: it is an incremental backup.\nOnly "
                                           "full backups are eligible for importing.",
                                           id, server));
  if (info.status != catalog::BackupStatus::done)
    throw Error(Errc::refused,
                fmt::format("Cannot import backup {} into server {}: its status is '{}', expected 'DONE'", id, server,
                            info.status_text));
  return info;
}

WalEntry parse_line(std::string_view line, std::size_t number) {
  std::string reason;
  try {
    WalEntry entry = catalog::parse_wal_entry(line);
    if (is_any_wal_name(entry.name)) return entry;
    reason = fmt::format("'{}' is not a WAL file name", entry.name);
  } catch (const Error& error) {
    reason = error.what();
  }
  corrupt(fmt::format("Malformed tarball's xlog.db entry at line {}: {}", number, reason));
}

std::vector<WalEntry> parse_index(const std::string& text) {
  std::vector<WalEntry> entries;
  for (const std::string& line : split_lines(text)) entries.push_back(parse_line(line, entries.size() + 1));
  std::ranges::sort(entries, {}, &WalEntry::name);
  const auto twice = std::ranges::adjacent_find(entries, {}, &WalEntry::name);
  if (twice != entries.end()) corrupt(fmt::format("Tarball's xlog.db lists {} twice", twice->name));
  return entries;
}

void check_wals(const std::vector<WalEntry>& entries, const UnpackedTarball& unpacked,
                const catalog::BackupInfo& info) {
  for (const std::string& name : required_wal(info))
    if (!std::ranges::binary_search(entries, name, {}, &WalEntry::name))
      corrupt(fmt::format("WAL file required for backup consistency not found in tarball's xlog.db: {}", name));
  for (const WalEntry& entry : entries) {
    const auto found = unpacked.wals.find(entry.name);
    if (found == unpacked.wals.end())
      corrupt(
          fmt::format("WAL file listed in tarball's xlog.db but not found under its wals/ directory: {}", entry.name));
    if (static_cast<std::int64_t>(found->second) != entry.size)
      corrupt(fmt::format("WAL file {} has {} bytes in the tarball, but {} according to its xlog.db", entry.name,
                          found->second, entry.size));
  }
}

bool same_content(const std::string& a, const std::string& b, const config::ServerConfig& config) {
  codec::Stage settings;
  settings.custom_decompression_filter = config.custom_decompression_filter.value_or("");
  if (codec::same_content(a, {}, b, {})) return true;
  const auto a_algorithm = codec::detect_file(a), b_algorithm = codec::detect_file(b);
  if (!a_algorithm && !b_algorithm) return false;
  return codec::same_content(a, codec::stored_as(a_algorithm, settings), b, codec::stored_as(b_algorithm, settings));
}

// Throws Error(corrupt or refused) for the first thing that is missing or wrong in itself, or of another cluster.
ImportedBackup check_unpacked(const UnpackedTarball& unpacked, const std::string& id, const std::string& server,
                              const catalog::Identity& identity, Notifier& notifier) {
  if (!unpacked.identity) corrupt("Exported tarball does not contain identity.json");
  check_identity(*unpacked.identity, identity, notifier);
  check_parts(unpacked);
  ImportedBackup backup{check_info(*unpacked.info, id, server), parse_index(*unpacked.index)};
  check_wals(backup.wals, unpacked, backup.info);
  return backup;
}

// Throws Error(refused) if the archive holds anything else under the name of one of the WAL files in `directory`.
void check_wal_conflicts(const std::vector<WalEntry>& wals, const std::string& directory,
                         archive::WalArchive& archive) {
  constexpr std::size_t most_named = 5;
  std::vector<std::string> conflicts;
  std::set<std::string, std::less<>> absent;  // no file has the name, so no line may
  for (const WalEntry& entry : wals) {
    const std::string archived = archive.location(entry.name);
    if (!fs::exists(archived))
      absent.insert(entry.name);
    else if (!same_content(archived, directory + '/' + entry.name, archive.config()))
      conflicts.push_back(entry.name);
  }
  archive.index().for_each([&](const catalog::WalEntryView& view) {
    if (absent.contains(view.name)) conflicts.emplace_back(view.name);
    return true;
  });
  if (conflicts.empty()) return;
  std::ranges::sort(conflicts);
  const std::size_t more = conflicts.size() > most_named ? conflicts.size() - most_named : 0;
  conflicts.resize(conflicts.size() - more);
  throw Error(Errc::refused, fmt::format("WAL file(s) already exist in target server with conflicting content: {}{}",
                                         join(conflicts, ", "), more > 0 ? fmt::format(" (and {} more)", more) : ""));
}

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

void check_free(const std::string& id, ServerContext& server) {
  if (server.backups().find(id) != nullptr || server.backups().unreadable().contains(id))
    refuse(fmt::format("Backup '{}' already exists in the catalog for server '{}'", id, server.config().name));
  const std::string directory = server.backups().base_directory(id);
  if (fs::lstat_if_exists(directory))
    refuse(fmt::format("Directory '{}' exists already", directory),
           "no backup of the catalogue owns it: move it away if nothing needs it");
}

void remove_leftovers(const std::string& directory) {
  for (const std::string& name : fs::list_directory_if_exists(directory))
    if (name.starts_with(staging_prefix)) fs::remove_tree(directory + '/' + name);
}

void make_tablespace_links(const UnpackedTarball& unpacked, const std::string& tree, const std::string& directory) {
  for (const std::string& link : unpacked.tablespace_links) {
    const std::string path = tree + '/' + link;
    if (fs::lstat_if_exists(path)) throw Error(Errc::corrupt, fmt::format("Tarball contains 'backup/{}' twice", link));
    fs::make_directories(fs::parent_directory(path), 0700);
    fs::make_symlink(fmt::format("{}/{}", directory, base_name(link)), path);
  }
}

// Increments are not exported. Those that were on top of it where it comes from are not here; some may be left here, of
// a chain that lost this backup.
std::string entry_of(const ImportedBackup& backup, const std::string& text, const catalog::BackupCatalog& backups) {
  catalog::BackupInfo info = backup.info;
  info.children_backup_ids.reset();
  const auto children = catalog::Descent(backups.all()).children(info);
  if (children == backup.info.children()) return text;
  if (!children.empty()) info.children_backup_ids = join(children, ",");
  return serialize(info);
}

// From here on nothing is refused. The last step makes it a backup.
void commit(const ImportedBackup& backup, const std::string& info_text, const std::string& staging,
            ServerContext& server) {
  const std::string id = backup.info.backup_id;
  const std::string directory = server.backups().base_directory(id);
  server.archive().admit(staging + "/wals", backup.wals);

  fs::rename_file(staging + "/backup", directory);
  OnExit discard([&] {
    try {
      fs::remove_tree(directory);
      server.annotations().release_keep(id);
    } catch (const std::exception& error) {  // an interruption as well: this is called by a destructor
      log::error("barman.backup", "cannot remove what was imported: {}", error.what());
    }
  });
  fs::sync_directory(server.config().basebackups_directory);
  server.annotations().set_keep(id, catalog::KeepTarget::standalone);
  fs::replace_file(server.backups().info_path(id), entry_of(backup, info_text, server.backups()));
  discard.dismiss();
  server.backups().reload();
}

}  // namespace

void import_backup(const std::string& tarball, ServerContext& server) {
  const config::ServerConfig& config = server.config();
  check_file(tarball);
  server.notifier().info(fmt::format("Importing backup from '{}' to server '{}'", tarball, config.name));
  if (config.keeps_wal_in_store() || config.keeps_backups_in_store())
    refuse("Backup import is not supported for cloud storage");
  const auto identity = catalog::read_identity(config.backup_directory);
  if (!identity)
    refuse(
        fmt::format("No identity file found for server '{}'. The identity file is required to validate the backup "
                    "during import.",
                    config.name));
  const TarballName name = parse_tarball_name(base_name(tarball), config.name);
  check_checksum(tarball, name);

  archiver::create_server_directories(config);
  const fs::LockFile server_lock = take(server.locks().backup(), config.name);
  const fs::LockFile id_lock = take(server.locks().backup_id(name.id), config.name);
  check_free(name.id, server);
  remove_leftovers(config.basebackups_directory);
  const fs::TemporaryDirectory staging(staging_prefix, config.basebackups_directory);
  const UnpackedTarball unpacked = unpack_tarball(tarball, staging.path());
  const ImportedBackup backup = check_unpacked(unpacked, name.id, config.name, *identity, server.notifier());
  check_wal_conflicts(backup.wals, staging.path() + "/wals", server.archive());
  make_tablespace_links(unpacked, staging.path() + "/backup", server.backups().base_directory(name.id));
  fs::sync_tree(staging.path());
  commit(backup, *unpacked.info, staging.path(), server);
  server.notifier().info(fmt::format("Successfully imported backup '{}' into server '{}'", name.id, config.name));
}

}  // namespace barman::backup
