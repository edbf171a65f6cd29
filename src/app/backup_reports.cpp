#include "barman/app/backup_reports.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/annotations.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/catalog/backup_chain.h"
#include "barman/catalog/retention.h"
#include "barman/catalog/wal_window.h"
#include "barman/catalog/xlogdb.h"
#include "barman/cloud/catalogue.h"
#include "barman/cloud/place.h"
#include "barman/cloud_copy/copy.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"
#include "barman/wal/text_files.h"
#include "local_backups.h"
#include "second_copy.h"

namespace barman::app {
namespace {

using catalog::BackupInfo;
using catalog::BackupType;
using report::CopiedBackup;
using Visit = std::function<void(const std::string&)>;

// Empty when the server has no retention policy.
std::map<std::string, catalog::RetentionStatus> retention_of(ServerContext& server) {
  const config::ServerConfig& config = server.config();
  if (!config.retention_policy) return {};
  const config::RetentionPolicy& policy = *config.retention_policy;
  if (policy.kind == config::RetentionPolicy::Kind::redundancy && policy.value < config.minimum_redundancy)
    log::warning("barman.retention_policies",
                 "Retention policy redundancy ({}) is lower than the required minimum redundancy ({}). Enforce {}.",
                 policy.value, config.minimum_redundancy, config.minimum_redundancy);
  return catalog::retention_report(
      server.backups().staying(), policy, config.minimum_redundancy,
      [&server](const std::string& id) { return server.annotations().keep(id); }, now(), server.backups().histories());
}

std::map<std::string, catalog::WalWindow> windows_of(ServerContext& server,
                                                     const std::vector<const BackupInfo*>& backups,
                                                     const ReportError& report_error) {
  try {
    return catalog::wal_windows(server.backups(), backups, server.archive().index(), report_error);
  } catch (const Error& error) {
    report_error(error);
    return {};
  }
}

// Of the second copy; nullopt: the server has none.
std::optional<std::set<std::string>> copied_ids(ServerContext& server) {
  if (!server.config().cloud_copy) return std::nullopt;
  return cloud_copy::copied_backups(server.config());
}

bool is_torn(const catalog::BackupCatalog& catalog, const BackupInfo& backup) {
  return backup.type() == BackupType::incremental && !catalog.is_half_deleted(backup.backup_id) &&
         catalog::problem_of(catalog, catalog::chain_of(catalog, backup), catalog::Look::entries).has_value();
}

report::BackupListEntry brief(const BackupInfo& backup) {
  report::BackupListEntry entry;
  entry.id = backup.backup_id;
  entry.name = backup.backup_name;
  entry.type = to_string(backup.type());
  entry.status = backup.status_text;
  entry.copied = backup.copy_done();
  return entry;
}

// Timelines that left the backup's after its end, as the archived history files say: those of the following timelines
// without a gap (algorithms.md 11.2). A history file that cannot be read throws.
std::vector<std::uint32_t> child_timelines(const archive::WalArchive& archive, const catalog::BackupInfo& backup) {
  std::vector<std::uint32_t> children;
  const auto end = backup.end_xlog ? parse_lsn(*backup.end_xlog) : std::nullopt;
  if (!backup.timeline || !end) return children;
  const auto own = static_cast<std::uint32_t>(*backup.timeline);
  for (std::uint32_t timeline = own + 1;; ++timeline) {
    const auto text = archive.history(timeline);
    if (!text) return children;
    for (const HistoryEntry& entry : parse_history(*text, history_name(timeline)))
      if (entry.parent == own && entry.switchpoint >= *end) children.push_back(timeline);
  }
}

CopiedBackup::Chain describe_chain(const catalog::BackupCatalog& catalog, const BackupInfo& backup) {
  const catalog::BackupChain chain = catalog::chain_of(catalog, backup);
  return {chain.root().backup_id, *backup.parent_backup_id, static_cast<std::int64_t>(chain.members.size()),
          catalog::problem_of(catalog, chain)};
}

std::optional<CopiedBackup::Copy> copy_of(const BackupInfo& backup) {
  if (!backup.copy_stats || !backup.copy_stats->copy_time) return std::nullopt;
  const catalog::CopyStats& stats = *backup.copy_stats;
  CopiedBackup::Copy copy;
  copy.seconds = *stats.copy_time;
  copy.analysis_seconds = stats.analysis_time;
  copy.workers = stats.number_of_workers.value_or(1);
  if (copy.seconds > 0)
    copy.bytes_per_second = static_cast<double>(backup.deduplicated_size.value_or(0)) / copy.seconds;
  return copy;
}

std::optional<CopiedBackup::Saved> saved_by(const BackupInfo& backup) {
  if (backup.type() != BackupType::rsync && backup.type() != BackupType::incremental) return std::nullopt;
  const double ratio = backup.deduplication_ratio();
  const auto whole = backup.cluster_size ? backup.cluster_size : backup.size;
  return CopiedBackup::Saved{static_cast<std::int64_t>(static_cast<double>(whole.value_or(0)) * ratio), ratio};
}

void add_base(const BackupInfo& backup, CopiedBackup& copied) {
  copied.type = to_string(backup.type());
  copied.by_pg_basebackup = backup.mode == "postgres";
  copied.version = backup.version;
  copied.cluster_size = backup.cluster_size;
  copied.pgdata = backup.pgdata;
  for (const auto& space : backup.tablespaces.value_or(std::vector<catalog::Tablespace>{}))
    copied.tablespaces.push_back({space.name, space.location, space.oid});
  copied.method = backup.mode;
  copied.encryption = backup.encryption;
  copied.compression = backup.compression;
  copied.size = backup.deduplicated_size ? *backup.deduplicated_size : backup.size.value_or(0);
  copied.saved = saved_by(backup);
  copied.timeline = backup.timeline;
  copied.begin_offset = backup.begin_offset;
  copied.end_offset = backup.end_offset;
  copied.begin_wal = backup.begin_wal;
  copied.end_wal = backup.end_wal;
  copied.begin_lsn = backup.begin_xlog;
  copied.end_lsn = backup.end_xlog;
  copied.begin_time = backup.begin_time;
  copied.end_time = backup.end_time;
  copied.copy = copy_of(backup);
  copied.snapshots = backup.snapshots_info;
}

void add_wal(const catalog::WalWindow& window, CopiedBackup& copied) {
  copied.wal_count = window.wal_num;
  copied.wal_size = window.wal_size;
  copied.wal_compression = window.wal_compression_ratio;
  copied.later_wal_count = window.wal_until_next_num;
  copied.later_wal_size = window.wal_until_next_size;
  copied.later_wal_compression = window.wal_until_next_compression_ratio;
  copied.wals_per_second = window.wals_per_second;
  copied.last_wal = window.wal_last;
}

void add_catalogue(ServerContext& server, const BackupInfo& backup, CopiedBackup& copied) {
  const catalog::BackupCatalog& catalog = server.backups();
  if (server.config().retention_policy) {
    const auto retention = retention_of(server);
    const auto status = retention.find(backup.backup_id);
    copied.retention = to_string(status == retention.end() ? catalog::RetentionStatus::none : status->second);
  }
  if (const auto in_copy = copied_ids(server))
    copied.cloud_copy = {*server.config().cloud_copy, in_copy->contains(backup.backup_id)};
  if (const BackupInfo* previous = catalog.previous(backup)) copied.previous = previous->backup_id;
  if (const BackupInfo* next = catalog.next(backup)) copied.next = next->backup_id;
  if (backup.type() == BackupType::incremental) copied.chain = describe_chain(catalog, backup);
  copied.children = backup.children();
}

// The files of a directory in order, then its sub-directories as the file system has them, which is how Barman prints
// them; links to directories are neither.
void list_tree(const std::string& directory, bool empty_directories, const Visit& visit) {
  const auto names = fs::list_directory_as_stored(directory);
  if (names.empty() && empty_directories) visit(directory);
  std::vector<std::string> files, subdirectories;
  for (const std::string& name : names) {
    const std::string path = directory + '/' + name;
    const auto info = fs::lstat_if_exists(path);
    if (info && S_ISDIR(info->st_mode))
      subdirectories.push_back(path);
    else if (info && !(S_ISLNK(info->st_mode) && fs::is_directory(path)))
      files.push_back(path);
  }
  std::sort(files.begin(), files.end());
  for (const std::string& path : files) visit(path);
  for (const std::string& path : subdirectories) list_tree(path, empty_directories, visit);
}

// Where base/{ID}/backup.info exists it comes first, and repmgr relies on that.
void list_data(ServerContext& server, const catalog::BackupInfo& backup, bool empty_directories, const Visit& visit) {
  if (const cloud::Place* place = server.backup_place()) return cloud::list_backup(*place, backup.backup_id, visit);
  const std::string base = server.backups().base_directory(backup.backup_id);
  if (fs::is_directory(base)) list_tree(base, empty_directories, visit);
}

void list_required_wal(const archive::WalArchive& archive, const catalog::BackupInfo& backup, const Visit& visit) {
  const auto begin = backup.begin_wal ? parse_segment(*backup.begin_wal) : std::nullopt;
  const auto end = backup.end_wal ? parse_segment(*backup.end_wal) : std::nullopt;
  if (!begin || !end || begin->timeline != end->timeline) return;
  const auto segment_size = static_cast<std::uint64_t>(backup.xlog_segment_size);
  for (Segment segment = *begin; segment <= *end; segment = next(segment, segment_size))
    visit(archive.location(to_string(segment)));
}

// Everything that recovery from this backup up to the next one may ask for, and the history files met on the way.
// Parallel deliveries may have put a segment of the window behind one that is beyond it: the whole index is read.
void list_wal_until_next(ServerContext& server, const catalog::BackupInfo& backup, const Visit& visit) {
  if (!backup.begin_wal) return;
  const catalog::BackupInfo* next = server.backups().next(backup);
  const std::optional<std::string> limit = next ? next->end_wal : std::nullopt;
  const auto own = static_cast<std::uint32_t>(backup.timeline.value_or(0));
  const catalog::XlogDb& index = server.archive().index();
  bool beyond = false;
  index.for_each([&](const catalog::WalEntryView& entry) {
    const auto parsed = parse_wal_name(entry.name);
    const bool history = parsed && parsed->kind == WalKind::history;
    if (!history && entry.name < *backup.begin_wal) return true;
    if (!parsed)
      throw Error(Errc::corrupt, fmt::format("invalid xlog segment name '{}'", entry.name), index.damage_hint());
    if (!history) {
      if (parsed->segment.timeline > own || parsed->kind != WalKind::segment) return true;
      if (limit && entry.name > *limit) {
        beyond = true;
        return true;
      }
    }
    if (!history || !beyond) visit(server.archive().location(entry));
    return true;
  });
}

std::string word_of(const std::optional<catalog::KeepTarget>& keep) {
  if (!keep) return "nokeep";
  return *keep == catalog::KeepTarget::standalone ? "standalone" : "full";
}

const BackupInfo& find(ServerContext& server, const std::string& backup) {
  return server.backups().resolve(backup, catalog::BackupCatalog::HalfDeleted::shown);
}

}  // namespace

namespace {

// What the entries of the copy say: its WAL is counted nowhere here.
report::BackupList list_copied_backups(ServerContext& copy, bool minimal, const ReportError& report_error) {
  report::BackupList list;
  list.server = copy.config().name;
  list.minimal = minimal;
  const auto& backups = copy.backups().all();
  for (const auto& [id, error] : copy.backups().unreadable()) report_error(error);
  for (auto at = backups.rbegin(); at != backups.rend(); ++at) {
    report::BackupListEntry entry = brief(at->second);
    entry.end_time = at->second.end_time;
    entry.size = at->second.size.value_or(0);
    entry.in_cloud_copy = true;
    list.entries.push_back(std::move(entry));
  }
  return list;
}

}  // namespace

report::BackupList list_backups(ServerContext& server, bool minimal, const ReportError& report_error) {
  if (has_only_copy(server)) return list_copied_backups(SecondCopy(server).server(), minimal, report_error);
  return list_local_backups(server, minimal, report_error);
}

report::BackupList list_local_backups(ServerContext& server, bool minimal, const ReportError& report_error) {
  const auto& backups = server.backups().all();
  for (const auto& [id, error] : server.backups().unreadable()) report_error(error);

  report::BackupList list;
  list.server = server.config().name;
  list.minimal = minimal;
  std::vector<const BackupInfo*> copied;
  for (auto at = backups.rbegin(); at != backups.rend(); ++at) {
    if (at->second.status == catalog::BackupStatus::unknown) continue;
    list.entries.push_back(brief(at->second));
    if (!at->second.copy_done()) continue;
    copied.push_back(&at->second);
    list.entries.back().torn = is_torn(server.backups(), at->second);
  }
  if (minimal || copied.empty()) return list;

  const auto windows = windows_of(server, copied, report_error);
  const auto retention = retention_of(server);
  const auto in_copy = copied_ids(server);
  for (report::BackupListEntry& entry : list.entries) {
    if (!entry.copied) continue;
    if (in_copy) entry.in_cloud_copy = in_copy->contains(entry.id);
    const BackupInfo& backup = backups.at(entry.id);
    const auto found = windows.find(entry.id);
    const catalog::WalWindow window = found == windows.end() ? catalog::WalWindow{} : found->second;
    entry.end_time = backup.end_time;
    entry.size = backup.size.value_or(0) + window.wal_size;
    entry.wal_size = window.wal_until_next_size;
    const auto status = retention.find(entry.id);
    if (status != retention.end() && status->second != catalog::RetentionStatus::valid)
      entry.retention = to_string(status->second);
  }
  return list;
}

namespace {

report::BackupDetails details_of(const std::string& server, const BackupInfo& backup) {
  report::BackupDetails details;
  details.server = server;
  details.id = backup.backup_id;
  details.status = backup.status_text;
  details.name = backup.backup_name;
  details.system_id = backup.systemid;
  details.error = backup.error;
  details.data_checksums = backup.data_checksums;
  details.summarize_wal = backup.summarize_wal;
  return details;
}

report::BackupDetails describe_copied_backup(ServerContext& server, ServerContext& copy, const std::string& argument) {
  const BackupInfo& backup = find(copy, argument);
  report::BackupDetails details = details_of(server.config().name, backup);
  if (!backup.copy_done()) return details;
  CopiedBackup& copied = details.copied.emplace();
  add_base(backup, copied);
  copied.cloud_copy = {*server.config().cloud_copy, true};
  if (const BackupInfo* previous = copy.backups().previous(backup)) copied.previous = previous->backup_id;
  if (const BackupInfo* next = copy.backups().next(backup)) copied.next = next->backup_id;
  if (backup.type() == BackupType::incremental) copied.chain = describe_chain(copy.backups(), backup);
  copied.children = backup.children();
  return details;
}

}  // namespace

report::BackupDetails describe_backup(ServerContext& server, const std::string& argument,
                                      const ReportError& report_error) {
  if (const auto copy = copy_that_has(server, argument))
    return describe_copied_backup(server, copy->server(), argument);
  const BackupInfo& backup = find(server, argument);
  report::BackupDetails details = details_of(server.config().name, backup);
  if (!backup.copy_done()) return details;

  CopiedBackup& copied = details.copied.emplace();
  add_base(backup, copied);
  const auto attempt = [&report_error](const auto& part) {  // what cannot be found out is reported, the rest is shown
    try {
      part();
    } catch (const Error& error) {
      report_error(error);
    }
  };
  attempt([&] {
    const auto windows = catalog::wal_windows(server.backups(), {&backup}, server.archive().index(), report_error);
    if (const auto window = windows.find(backup.backup_id); window != windows.end()) add_wal(window->second, copied);
  });
  attempt([&] { copied.timelines = child_timelines(server.archive(), backup); });
  add_catalogue(server, backup, copied);
  return details;
}

namespace {

void list_files_here(ServerContext& server, const std::string& argument, FileTarget target, bool empty_directories,
                     const Visit& visit) {
  const BackupInfo& backup = find(server, argument);
  if (target != FileTarget::wal) list_data(server, backup, empty_directories, visit);
  if (target == FileTarget::standalone) list_required_wal(server.archive(), backup, visit);
  if (target == FileTarget::wal || target == FileTarget::full) list_wal_until_next(server, backup, visit);
}

}  // namespace

void list_files(ServerContext& server, const std::string& argument, FileTarget target, bool empty_directories,
                const Visit& visit) {
  const auto copy = copy_that_has(server, argument);
  list_files_here(copy ? copy->server() : server, argument, target, empty_directories, visit);
}

report::KeepStatus keep_status(ServerContext& server, const std::string& backup) {
  const auto copy = copy_that_has(server, backup);
  ServerContext& holder = copy ? copy->server() : server;
  return {server.config().name, word_of(holder.annotations().keep(find(holder, backup).backup_id))};
}

}  // namespace barman::app
