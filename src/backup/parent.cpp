#include "barman/backup/parent.h"

#include <fmt/core.h>

#include <algorithm>

#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/backup_chain.h"
#include "barman/catalog/manifest_head.h"
#include "barman/core/error.h"
#include "barman/core/numbers.h"
#include "barman/core/signals.h"
#include "barman/fs/file.h"
#include "barman/postgres/server.h"
#include "parent_manifest.h"

namespace barman::backup {
namespace {

using catalog::BackupInfo;

constexpr int first_with_block_increments = 170000;
constexpr std::int64_t first_manifest_with_wal_ranges = 2;

[[noreturn]] void refuse(const std::string& why, std::string hint = {}) {
  throw Error(Errc::refused, "failed to start backup: " + why, std::move(hint));
}

[[noreturn]] void refuse_parent(const ServerContext& server, const std::string& id, const std::string& problem) {
  refuse(fmt::format("Backup ID {} is not eligible as a parent for an incremental backup: {}.", id, problem),
         fmt::format("take a full backup with 'barman backup {0}', or name a backup that is restorable: "
                     "'barman list-backups {0}' shows them",
                     server.config().name));
}

// In the words and the order of the reference.
void require_a_server_that_can(ServerContext& server) {
  if (server.postgres().version() < first_with_block_increments)
    refuse(
        "Postgres version 17 or greater is required for incremental backups using the "
        "Postgres backup method");
  if (!server.config().by_pg_basebackup())
    refuse(
        "Backup using the `--incremental` flag is available only for 'backup_method = "
        "postgres'. Check Barman's documentation for more help on this topic.");
  if (server.postgres().setting("summarize_wal") != "on")
    refuse(
        "'summarize_wal' option has to be enabled in the Postgres server "
        "to perform an incremental backup using the Postgres backup method");
}

// What the catalogue says.
void require_whole_chain(ServerContext& server, const BackupInfo& parent) {
  const catalog::BackupCatalog& backups = server.backups();
  const catalog::BackupChain chain = catalog::chain_of(backups, parent);
  if (const auto problem = catalog::problem_of(backups, chain)) refuse_parent(server, parent.backup_id, *problem);
  if (const auto type = chain.root().type(); type != catalog::BackupType::full)
    refuse_parent(server, parent.backup_id,
                  fmt::format("backup {} was not taken by pg_basebackup", chain.root().backup_id));
}

void require_same_cluster(ServerContext& server, const BackupInfo& parent) {
  const std::string ours = server.postgres().system_identifier();
  const auto require = [&](const std::optional<std::string>& theirs, std::string_view what) {
    if (theirs && *theirs != ours)
      refuse_parent(server, parent.backup_id,
                    fmt::format("{} of another cluster (system identifier {}, here {})", what, *theirs, ours));
  };
  require(parent.systemid, "it is a backup");
  const std::string path = parent_manifest(server, parent.backup_id);
  const auto manifest = catalog::read_manifest_head(path);
  if (!manifest)
    throw Error(Errc::corrupt, fmt::format("failed to start backup: '{}' is not a backup manifest of PostgreSQL", path),
                "take a full backup: no incremental one can be taken on top of that one");
  if (manifest->version < first_manifest_with_wal_ranges)
    refuse_parent(server, parent.backup_id, "its backup_manifest was not written by PostgreSQL 17 or newer");
  require(manifest->system_identifier, "its backup_manifest is");
}

void require_same_past(ServerContext& server, const BackupInfo& parent) {
  const std::uint32_t timeline = server.postgres().timeline();
  std::vector<HistoryEntry> history;
  if (timeline > 1 && parent.timeline != timeline)
    history = parse_history(server.streaming().timeline_history(timeline), history_name(timeline));
  if (const auto problem = timeline_problem(parent, timeline, history))
    refuse_parent(server, parent.backup_id, *problem);
}

fs::LockFile lock_member(ServerContext& server, const std::string& id, std::chrono::steady_clock::time_point limit) {
  constexpr int pause_ms = 100;
  const std::string path = server.locks().backup_id(id);
  while (true) {
    if (auto lock = fs::LockFile::try_acquire(path)) return std::move(*lock);
    if (std::chrono::steady_clock::now() >= limit)
      throw Error(Errc::lock_busy,
                  fmt::format("failed to start backup: the lock of backup {} of server {} is held by {}", id,
                              server.config().name, fs::describe_holder(path)),
                  "try again when it has ended");
    signals::sleep_ms(pause_ms);
    signals::throw_if_pending();
  }
}

}  // namespace

std::optional<std::string> timeline_problem(const BackupInfo& parent, std::uint32_t timeline,
                                            const std::vector<HistoryEntry>& history) {
  const auto own = static_cast<std::uint32_t>(parent.timeline.value_or(0));
  if (own == timeline) return std::nullopt;
  const auto left = std::ranges::find(history, own, &HistoryEntry::parent);
  if (left == history.end())
    return fmt::format("it was taken on timeline {}, which is not in the history of the server, now on timeline {}",
                       own, timeline);
  const auto end = parse_lsn(parent.end_xlog.value_or(""));
  if (end && *end <= left->switchpoint) return std::nullopt;
  return fmt::format("it ends at {}, after the server had left its timeline {} at {}",
                     parent.end_xlog.value_or("an unknown position"), own, to_string(left->switchpoint));
}

std::string require_parent(ServerContext& server, const std::string& argument) {
  const BackupInfo& parent = server.backups().resolve(argument);
  require_a_server_that_can(server);
  if (parent.summarize_wal != "on")
    refuse(
        fmt::format("Backup ID {} is not eligible as a parent for an incremental backup because WAL summaries were not "
                    "enabled when that backup was taken.",
                    parent.backup_id));
  require_whole_chain(server, parent);
  require_same_cluster(server, parent);
  require_same_past(server, parent);
  return parent.backup_id;
}

ParentHold::ParentHold(ServerContext& server, std::string parent_id, std::chrono::seconds patience)
    : server_(server), parent_id_(std::move(parent_id)) {
  const auto limit = std::chrono::steady_clock::now() + patience;
  const auto parent = [&]() -> const BackupInfo& { return server_.backups().resolve(parent_id_); };
  for (const BackupInfo* member : catalog::chain_of(server_.backups(), parent()).members)
    locks_.push_back(lock_member(server_, member->backup_id, limit));
  server_.backups().reload();  // what was found without the locks may be out of date
  require_whole_chain(server_, parent());
}

void ParentHold::adopt(const std::string& child_id) {
  catalog::BackupCatalog& backups = server_.backups();
  backups.reload();  // cron may have deleted another child meanwhile
  const BackupInfo* parent = backups.find(parent_id_);
  if (parent == nullptr) throw Error(Errc::not_found, fmt::format("backup {} is not in the catalogue", parent_id_));
  std::vector<std::string> children = parent->children();
  if (std::ranges::find(children, child_id) == children.end()) children.push_back(child_id);
  backups.adopt(parent_id_, children);
}

}  // namespace barman::backup
