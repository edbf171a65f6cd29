#include "import_checks.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "barman/archiver/archived_files.h"
#include "barman/codec/codec.h"
#include "barman/core/error.h"
#include "barman/core/json_depth.h"
#include "barman/core/text.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"
#include "required_wal.h"

namespace barman::backup {
namespace {

using catalog::WalEntry;

[[noreturn]] void corrupt(const std::string& text) { throw Error(Errc::corrupt, text); }

void check_identity(const std::string& text, const catalog::Identity& ours, Notifier& notifier) {
  const nlohmann::json document = nlohmann::json::parse(text, nullptr, false);
  if (!document.is_object() || json_depth(text) > deepest_json)
    corrupt("Failed to parse identity.json from tarball: it is no JSON object");
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
    reason = fmt::format("'{}' is no WAL file name", entry.name);
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

}  // namespace

ImportedBackup check_unpacked(const UnpackedTarball& unpacked, const std::string& id, const std::string& server,
                              const catalog::Identity& identity, Notifier& notifier) {
  if (!unpacked.identity) corrupt("Exported tarball does not contain identity.json");
  check_identity(*unpacked.identity, identity, notifier);
  check_parts(unpacked);
  ImportedBackup backup{check_info(*unpacked.info, id, server), parse_index(*unpacked.index)};
  check_wals(backup.wals, unpacked, backup.info);
  return backup;
}

void check_wal_conflicts(const std::vector<WalEntry>& wals, const std::string& directory,
                         const config::ServerConfig& config, const catalog::XlogDb& xlogdb) {
  constexpr std::size_t most_named = 5;
  std::vector<std::string> conflicts;
  std::set<std::string, std::less<>> absent;  // no file has the name, so no line may
  for (const WalEntry& entry : wals) {
    const std::string archived = archiver::archived_path(config, entry.name);
    if (!fs::exists(archived))
      absent.insert(entry.name);
    else if (!same_content(archived, directory + '/' + entry.name, config))
      conflicts.push_back(entry.name);
  }
  xlogdb.for_each([&](const catalog::WalEntryView& view) {
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

}  // namespace barman::backup
