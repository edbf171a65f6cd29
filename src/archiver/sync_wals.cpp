#include "barman/archiver/sync_wals.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/sync_info.h"
#include "barman/core/error.h"
#include "barman/exec/command.h"
#include "barman/fs/file.h"
#include "barman/fs/host.h"
#include "barman/fs/rsync.h"
#include "barman/wal/segment.h"

namespace barman::archiver {
namespace {

std::string with_slash(const std::string& directory) { return directory.ends_with('/') ? directory : directory + "/"; }

void copy(ServerContext& server, const catalog::PrimaryInfo& primary, const std::vector<catalog::WalEntry>& wals) {
  std::vector<std::string> arguments;
  if (server.config().network_compression) arguments.emplace_back("-z");
  for (const char* word : {"--recursive", "--perms", "--times", "--protect-args", "--inplace"})
    arguments.emplace_back(word);
  if (server.config().bandwidth_limit.value_or(0) > 0)
    arguments.push_back(fmt::format("--bwlimit={}", *server.config().bandwidth_limit));
  arguments.insert(arguments.end(),
                   {"--files-from=-", server.primary_host().rsync_path(with_slash(primary.wals_directory)),
                    with_slash(server.archive().directory())});
  exec::Command command = fs::rsync_call(server.primary_host(), arguments);
  command.input.emplace();
  for (const catalog::WalEntry& wal : wals) *command.input += *archive_path(wal.name) + "\n";
  const exec::Outcome outcome = server.local().run(command);
  if (!outcome.ok())
    throw Error(Errc::remote, fmt::format("data transfer failure\nrsync error:\n{}", exec::describe(command, outcome)));
}

void leave_out_archived(ServerContext& server, std::vector<catalog::WalEntry>& wals) {
  std::set<std::string, std::less<>> known;
  const auto ends = std::ranges::minmax_element(wals, {}, &catalog::WalEntry::name);
  server.archive().index().for_each([&](const catalog::WalEntryView& entry) {
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
  std::map<std::string_view, std::size_t> at;  // an index may list a file twice: the last line says what is there
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

void sync_wals(ServerContext& server) {
  server.archive().index();  // an absent one is made whatever there is to copy
  const config::ServerConfig& config = server.config();
  const catalog::PrimaryInfo primary = catalog::read_primary_info(config);
  if (primary.wals.empty()) return;
  if (config::is_store_url(primary.wals_directory))
    throw Error(Errc::refused,
                fmt::format("the primary node of server {} keeps its WAL in cloud storage ({}), where a passive node "
                            "does not copy it from",
                            config.name, primary.wals_directory));
  if (primary.compression != config.compression)
    throw Error(Errc::refused,
                fmt::format("Compression method on server {} ({}) does not match local compression method ({})",
                            config.name, primary.compression.value_or("None"), config.compression.value_or("None")),
                "give both nodes the same compression");
  if (server.backups().oldest() == nullptr) {
    server.notifier().warning(fmt::format("No base backup for server {}", config.name));
    return;
  }
  const std::string needed_from = catalog::first_needed_wal(server.backups()).value_or("");
  const std::string& first = primary.wals.front().name;
  if (needed_from > first) {
    server.notifier().warning(fmt::format(
        "Skipping WAL synchronisation for server {}: no available local backup for {}", config.name, first));
    return;
  }
  std::vector<catalog::WalEntry> wals = wals_to_copy(primary, server.archive().sync_point(), needed_from);
  if (!wals.empty()) {
    fs::make_directories(server.archive().directory());
    server.archive().cut_torn_line();
    leave_out_archived(server, wals);
  }
  if (!wals.empty()) {
    copy(server, primary, wals);
    const bool all_whole =
        server.archive().list_copied(wals, [&](const catalog::WalEntry& wal, const std::string& problem) {
          server.notifier().error(
              fmt::format("The primary node of server {} has damaged WAL: {} ({})", config.name, wal.name, problem));
        });
    if (!all_whole) return;  // the point reached stays behind what is still to come
  }
  server.archive().set_sync_point({primary.last_name, primary.last_position});
}

}  // namespace barman::archiver
