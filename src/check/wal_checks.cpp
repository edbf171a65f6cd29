#include <algorithm>

#include "barman/archive/wal_archive.h"
#include "barman/catalog/backup_catalog.h"
#include "barman/core/error.h"
#include "barman/core/log.h"
#include "barman/core/numbers.h"
#include "barman/fs/file.h"
#include "barman/wal/segment.h"
#include "checks.h"
#include "inspection.h"
#include "judgement.h"

namespace barman::check {
namespace {

constexpr std::chrono::milliseconds patience_without_limit{10'000};
constexpr int share_of_time = 3;  // a third of the time limit may be spent on waiting for WAL

bool waits_for_wal(const catalog::BackupCatalog& backups) {
  return std::ranges::any_of(
      backups.all(), [](const auto& item) { return item.second.status == catalog::BackupStatus::waiting_for_wals; });
}

// A last resort may fail: then the archive stays empty, and that is what the check reports.
void try_to_fill(const std::function<void()>& attempt) {
  if (!attempt) return;
  try {
    attempt();
  } catch (const Error& error) {
    if (error.code() == Errc::timeout) throw;
    log::warning("barman.server", "{}", error.what());
  }
}

std::optional<Micros> age_of_latest_wal(Inspection& inspection) {
  const std::optional<std::string>& name = inspection.latest_window().wal_last;
  if (!name || !is_any_wal_name(*name)) return std::nullopt;
  const auto info = inspection.target().server.archive().examine(*name);
  if (!info) return std::nullopt;
  return now() - info->modified;
}

}  // namespace

Lines check_wal_archive(Inspection& inspection) {
  Target& target = inspection.target();
  const catalog::XlogDb& index = target.server.archive().index();
  if (!index.empty() || waits_for_wal(target.server.backups())) return {};
  try_to_fill(target.archive_wal);
  if (!index.empty()) return {};
  if (inspection.live() && target.switch_and_archive_wal && inspection.postgres().ok) {
    const auto left = inspection.time_left();
    const auto patience = left ? *left / share_of_time : patience_without_limit;
    try_to_fill([&] { target.switch_and_archive_wal(patience); });
    if (!index.empty()) return {};
  }
  return {failed(CheckId::wal_archive, "please make sure WAL shipping is setup")};
}

Lines check_incoming_directory(Inspection& inspection) {
  const config::ServerConfig& config = inspection.config();
  const archive::WalQueue queue(config, archive::Origin::file);
  const auto line =
      judge_queue(incoming_place, config.archiver, queue.directory(), queue.names(), config.max_incoming_wals_queue);
  return line ? Lines{*line} : Lines{};
}

Lines check_streaming_directory(Inspection& inspection) {
  const config::ServerConfig& config = inspection.config();
  const archive::WalQueue queue(config, archive::Origin::streaming);
  const auto line = judge_queue(streaming_place, config.streaming_archiver, queue.directory(), queue.names(),
                                config.max_incoming_wals_queue);
  return line ? Lines{*line} : Lines{};
}

Lines check_wal_age(Inspection& inspection) {
  const auto& limit = inspection.config().last_wal_maximum_age;
  return {judge_wal_age(limit, limit ? age_of_latest_wal(inspection) : std::nullopt)};
}

std::int64_t wal_size_after_last_backup(Inspection& inspection) {
  return inspection.latest_window().wal_until_next_size;
}

Lines check_wal_size(Inspection& inspection) {
  return {passed(CheckId::wal_size, human_size(wal_size_after_last_backup(inspection)))};
}

Lines check_compression(Inspection& inspection) {
  const auto problem = compression_problem(inspection.config());
  return {line(CheckId::compression, !problem, problem.value_or(""))};
}

Lines check_archive_command(Inspection& inspection) {
  if (!inspection.live() || !inspection.config().archiver || !inspection.postgres().ok) return {};
  postgres::Server& server = *inspection.target().postgres;
  const std::string mode = server.setting("archive_mode").value_or("");
  Lines lines{line(CheckId::archive_mode, mode == "on" || mode == "always", "please set it to 'on' or 'always'")};
  const auto command = server.setting("archive_command");
  const bool configured = command && !command->empty() && *command != "(disabled)";
  lines.push_back(line(CheckId::archive_command, configured, "please set it accordingly to documentation"));
  if (!configured) return lines;
  const auto stats = server.archiver_stats();
  if (stats && stats->last_archived_wal && stats->is_archiving)
    lines.push_back(line(CheckId::continuous_archiving, *stats->is_archiving));
  return lines;
}

Lines check_archiver_errors(Inspection& inspection) {
  // Counted in the order of the file system, in which Barman meets them too.
  const std::string& directory = inspection.config().errors_directory;
  const std::string summary = summarize_errors(fs::is_directory(directory) ? fs::list_directory_as_stored(directory)
                                                                           : std::vector<std::string>{});
  return {line(CheckId::archiver_errors, summary.empty(), summary)};
}

}  // namespace barman::check
