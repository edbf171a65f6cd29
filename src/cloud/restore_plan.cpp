#include "restore_plan.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "backup_logger.h"
#include "barman/core/error.h"
#include "barman/core/log.h"

namespace barman::cloud {
namespace {

constexpr std::array archive_compressions = {codec::Algorithm::gzip, codec::Algorithm::bzip2, codec::Algorithm::xz,
                                             codec::Algorithm::zstd, codec::Algorithm::lz4,   codec::Algorithm::snappy};

std::optional<codec::Algorithm> compression_of(const std::string& extension, const std::string& key) {
  if (extension.empty()) return std::nullopt;
  for (const codec::Algorithm algorithm : archive_compressions)
    if (codec::extension(algorithm) == extension) return algorithm;
  throw Error(Errc::corrupt, fmt::format("'{}' is stored in a way that is not known: '{}'", key, extension));
}

// By the name of the archives, then by their number.
using Found = std::map<std::string, std::map<int, StoredArchive>>;

Found find_archives(const std::vector<store::Object>& objects, const std::string& prefix) {
  Found found;
  for (const store::Object& object : objects) {
    if (!object.key.starts_with(prefix)) continue;
    const auto parsed = parse_archive_name(object.key.substr(prefix.size()));
    if (!parsed) continue;
    StoredArchive archive{object.key, object.size, compression_of(parsed->extension, object.key)};
    const auto [other, is_new] = found[parsed->name].emplace(parsed->number, archive);
    if (!is_new)
      throw Error(Errc::corrupt,
                  fmt::format("'{}' and '{}' claim to be the same archive", other->second.key, object.key),
                  "remove the one that does not belong to the backup");
  }
  return found;
}

// Without a gap, from the first one.
std::vector<StoredArchive> in_order(Found& found, const std::string& name, const catalog::BackupInfo& backup,
                                    const Layout& layout) {
  std::vector<StoredArchive> archives;
  for (auto& [number, archive] : found[name]) {
    if (number != static_cast<int>(archives.size())) break;
    archives.push_back(std::move(archive));
  }
  if (!archives.empty() && archives.size() == found[name].size()) return archives;
  const std::string missing = layout.archive(backup.backup_id, name, static_cast<int>(archives.size()), "");
  throw Error(Errc::not_found,
              fmt::format("Missing file {}.* for server {}", missing.substr(0, missing.rfind(".tar")), layout.server));
}

void require_copy(const catalog::BackupInfo& backup, const Layout& layout, bool relocated) {
  if (backup.snapshots_info && relocated)
    throw Error(Errc::refused,
                fmt::format("Backup {} is a snapshot backup therefore tablespace relocation rules cannot be used.",
                            backup.backup_id));
  if (backup.snapshots_info)
    throw Error(
        Errc::unsupported,
        fmt::format("Backup {} of server {} consists of snapshots of disks, which this program does not restore",
                    backup.backup_id, layout.server));
  if (!backup.copy_done())
    throw Error(Errc::refused, fmt::format("Cannot restore from backup '{}' of server '{}': backup status is not DONE",
                                           backup.backup_id, layout.server));
}

std::string absolute(const std::string& path) { return std::filesystem::absolute(path).lexically_normal().string(); }

std::vector<RestoredTablespace> place_tablespaces(const catalog::BackupInfo& backup,
                                                  const std::map<std::string, std::string>& relocations) {
  std::vector<RestoredTablespace> placed;
  for (const catalog::Tablespace& tablespace : backup.tablespaces.value_or(std::vector<catalog::Tablespace>{})) {
    const auto rule = relocations.find(tablespace.name);
    const std::string& location = rule == relocations.end() ? tablespace.location : rule->second;
    if (location.empty()) throw Error(Errc::corrupt, fmt::format("tablespace '{}' has no location", tablespace.name));
    placed.push_back({tablespace.name, tablespace.oid, absolute(location)});
  }
  for (const auto& [name, location] : relocations)
    if (std::ranges::find(placed, name, &RestoredTablespace::name) == placed.end())
      throw Error(Errc::usage, fmt::format("backup {} has no tablespace '{}'", backup.backup_id, name));
  return placed;
}

void warn_about_others(const Found& found, const RestorePlan& plan) {
  for (const auto& [name, archives] : found)
    if (std::ranges::find(plan.chains, name, &ArchiveChain::name) == plan.chains.end())
      log::warning(logger, "'{}' belongs to no tablespace of the backup and is not restored",
                   archives.begin()->second.key);
}

}  // namespace

std::uint64_t ArchiveChain::size() const {
  std::uint64_t sum = 0;
  for (const StoredArchive& archive : archives) sum += archive.size;
  return sum;
}

std::uint64_t RestorePlan::size() const {
  std::uint64_t sum = 0;
  for (const ArchiveChain& chain : chains) sum += chain.size();
  return sum;
}

RestorePlan plan_restore(const catalog::BackupInfo& backup, const Layout& layout,
                         const std::vector<store::Object>& objects, const std::string& destination,
                         const std::map<std::string, std::string>& relocations) {
  require_copy(backup, layout, !relocations.empty());
  RestorePlan plan;
  plan.tablespaces = place_tablespaces(backup, relocations);
  Found found = find_archives(objects, layout.backup(backup.backup_id));
  plan.chains.push_back({"data", absolute(destination), in_order(found, "data", backup, layout)});
  for (const RestoredTablespace& tablespace : plan.tablespaces) {
    const std::string name = std::to_string(tablespace.oid);
    plan.chains.push_back({name, tablespace.location, in_order(found, name, backup, layout)});
  }
  warn_about_others(found, plan);
  return plan;
}

}  // namespace barman::cloud
