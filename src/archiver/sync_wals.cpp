#include "barman/archiver/sync_wals.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "barman/archiver/wal_file.h"
#include "barman/catalog/sync_info.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/python_repr.h"
#include "barman/fs/file.h"
#include "barman/fs/rsync.h"
#include "barman/wal/segment.h"

namespace barman::archiver {
namespace {

constexpr std::string_view logger = "barman.server";

std::string with_slash(const std::string& directory) { return directory.ends_with('/') ? directory : directory + "/"; }

void copy(const WalSync& with, const catalog::PrimaryInfo& primary, const std::vector<catalog::WalEntry>& wals) {
  std::vector<std::string> arguments;
  if (with.config.network_compression) arguments.emplace_back("-z");
  for (const char* word : {"--recursive", "--perms", "--times", "--protect-args", "--inplace"})
    arguments.emplace_back(word);
  if (with.config.bandwidth_limit.value_or(0) > 0)
    arguments.push_back(fmt::format("--bwlimit={}", *with.config.bandwidth_limit));
  arguments.insert(arguments.end(), {"--files-from=-", with.primary.rsync_path(with_slash(primary.wals_directory)),
                                     with_slash(with.config.wals_directory)});
  exec::Command command = fs::rsync_call(with.primary, arguments);
  command.input.emplace();
  for (const catalog::WalEntry& wal : wals) *command.input += *archive_path(wal.name) + "\n";
  const exec::Outcome outcome = with.local.run(command);
  if (!outcome.ok())
    throw Error(Errc::remote, fmt::format("data transfer failure\nrsync error:\n{}", exec::describe(command, outcome)));
}

// Why a copied file is of no use to a recovery. What is compressed tells when it is unpacked.
std::optional<std::string> unfit(const catalog::WalEntry& wal, const std::string& path) {
  if (wal.compression || wal.encryption) return std::nullopt;
  return plain_problem(*parse_wal_name(wal.name), fs::open_file(path, O_RDONLY).get(), path);
}

// Only what is on disk, and whole, gets a line in the index. Leaves out what the primary itself has damaged, so that it
// is copied again: there a whole one may take its place.
void secure(const WalSync& with, std::vector<catalog::WalEntry>& wals) {
  const config::ServerConfig& config = with.config;
  std::set<std::string> directories = {config.wals_directory};
  std::set<std::string> damaged;
  for (const catalog::WalEntry& wal : wals) {
    const std::string path = with_slash(config.wals_directory) + *archive_path(wal.name);
    const auto info = fs::stat_if_exists(path);
    if (!info || info->st_size != wal.size)
      throw Error(Errc::remote, fmt::format("'{}' has {} bytes after the copy, and {} on the primary node", path,
                                            info ? info->st_size : 0, wal.size));
    directories.insert(fs::parent_directory(path));
    if (const auto problem = unfit(wal, path)) {
      with.notifier.error(
          fmt::format("The primary node of server {} has damaged WAL: {} ({})", config.name, wal.name, *problem));
      fs::remove_file(path);
      damaged.insert(wal.name);
      continue;
    }
    fs::sync_file(path);
  }
  for (const std::string& directory : directories) fs::sync_directory(directory);
  std::erase_if(wals, [&](const catalog::WalEntry& wal) { return damaged.contains(wal.name); });
}

// A line that a killed run left unfinished is cut off first, so that its file counts as missing.
void cut_torn_line(const WalSync& with) {
  const catalog::XlogDb::Appender index = with.xlogdb.append();
  if (!index.torn_line().empty())
    log::warning(logger, "Removed the unfinished last line of {}: {}", with.xlogdb.path(),
                 python_repr(index.torn_line()));
}

void leave_out_archived(const WalSync& with, std::vector<catalog::WalEntry>& wals) {
  std::set<std::string, std::less<>> known;
  const auto ends = std::ranges::minmax_element(wals, {}, &catalog::WalEntry::name);
  with.xlogdb.for_each([&](const catalog::WalEntryView& entry) {
    if (entry.name >= ends.min->name && entry.name <= ends.max->name) known.emplace(entry.name);
    return true;
  });
  std::erase_if(wals, [&](const catalog::WalEntry& wal) { return known.contains(wal.name); });
}

}  // namespace

std::vector<catalog::WalEntry> wals_to_copy(const catalog::PrimaryInfo& primary,
                                            const std::optional<catalog::SyncPoint>& reached,
                                            std::string_view needed_from) {
  std::vector<catalog::WalEntry> wals;
  std::map<std::string_view, std::size_t> at;  // an index may list a file twice: the last line tells what is there
  for (const catalog::WalEntry& wal : primary.wals) {
    if (!is_any_wal_name(wal.name))
      throw Error(Errc::corrupt, fmt::format("the primary node lists '{}', which is no WAL file", wal.name),
                  "run rebuild-xlogdb on the primary node");
    const bool wanted = !reached || wal.name > reached->name || (wal.name != reached->name && wal.name >= needed_from);
    if (!wanted) continue;
    const auto [known, is_new] = at.try_emplace(wal.name, wals.size());
    if (is_new)
      wals.push_back(wal);
    else
      wals[known->second] = wal;
  }
  return wals;
}

bool lists_all_since(const catalog::PrimaryInfo& primary, const catalog::SyncPoint& from, std::int64_t line_at_from) {
  std::string_view last = from.name;
  std::int64_t position = from.position, length = line_at_from;
  for (const catalog::WalEntry& wal : primary.wals) {
    last = wal.name;
    position += length;
    length = static_cast<std::int64_t>(serialize(wal).size());
  }
  return primary.last_name == last && primary.last_position == position;
}

void sync_wals(const WalSync& with) {
  const config::ServerConfig& config = with.config;
  const catalog::PrimaryInfo primary = catalog::read_primary_info(config);
  if (primary.wals.empty()) return;
  if (primary.compression != config.compression)
    throw Error(Errc::refused,
                fmt::format("Compression method on server {} ({}) does not match local compression method ({})",
                            config.name, primary.compression.value_or("None"), config.compression.value_or("None")),
                "give both nodes the same compression");
  if (with.backups.oldest() == nullptr) {
    with.notifier.warning(fmt::format("No base backup for server {}", config.name));
    return;
  }
  const std::string needed_from = catalog::first_needed_wal(with.backups).value_or("");
  const std::string& first = primary.wals.front().name;
  if (needed_from > first) {
    with.notifier.warning(fmt::format("Skipping WAL synchronisation for server {}: no available local backup for {}",
                                      config.name, first));
    return;
  }
  std::vector<catalog::WalEntry> wals = wals_to_copy(primary, catalog::read_sync_point(config), needed_from);
  if (!wals.empty()) {
    fs::make_directories(config.wals_directory);
    cut_torn_line(with);
    leave_out_archived(with, wals);
  }
  if (!wals.empty()) {
    copy(with, primary, wals);
    const std::size_t copied = wals.size();
    secure(with, wals);
    catalog::XlogDb::Appender index = with.xlogdb.append();
    for (const catalog::WalEntry& wal : wals) index.append(wal);
    index.sync();
    if (wals.size() < copied) return;  // the point reached stays behind what is still to come
  }
  catalog::write_sync_point(config, {primary.last_name, primary.last_position});
}

}  // namespace barman::archiver
