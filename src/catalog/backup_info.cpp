#include "barman/catalog/backup_info.h"

#include <array>

#include "barman/core/text.h"

namespace barman::catalog {
namespace {

constexpr std::array<std::pair<BackupStatus, std::string_view>, 6> status_words{{
    {BackupStatus::empty, "EMPTY"},
    {BackupStatus::started, "STARTED"},
    {BackupStatus::waiting_for_wals, "WAITING_FOR_WALS"},
    {BackupStatus::done, "DONE"},
    {BackupStatus::failed, "FAILED"},
    {BackupStatus::syncing, "SYNCING"},
}};

}  // namespace

std::string_view to_string(BackupStatus status) {
  for (const auto& [value, word] : status_words)
    if (value == status) return word;
  return "UNKNOWN";
}

BackupStatus parse_backup_status(std::string_view word) {
  for (const auto& [value, known] : status_words)
    if (known == word) return value;
  return BackupStatus::unknown;
}

std::string_view to_string(BackupType type) {
  switch (type) {
    case BackupType::rsync:
      return "rsync";
    case BackupType::full:
      return "full";
    case BackupType::incremental:
      return "incremental";
    case BackupType::snapshot:
      return "snapshot";
  }
  return "full";
}

BackupType BackupInfo::type() const {
  const std::string_view how = mode ? std::string_view(*mode) : std::string_view();
  if (how.starts_with("snapshot")) return BackupType::snapshot;
  if (how.starts_with("rsync")) return BackupType::rsync;
  return parent_backup_id ? BackupType::incremental : BackupType::full;
}

bool BackupInfo::is_full_and_eligible() const {
  return type() != BackupType::incremental && type() != BackupType::snapshot;
}

double BackupInfo::deduplication_ratio() const {
  const auto& whole = type() == BackupType::rsync ? size : cluster_size;
  if (!whole || !deduplicated_size || *whole == 0 || *deduplicated_size == 0) return 0;
  return 1 - static_cast<double>(*deduplicated_size) / static_cast<double>(*whole);
}

int BackupInfo::major_version() const {
  const std::int64_t number = version.value_or(0);
  return static_cast<int>(number >= 100000 ? number / 10000 : number / 100);
}

std::string BackupInfo::wal_directory_name() const { return version.value_or(100000) < 100000 ? "pg_xlog" : "pg_wal"; }

std::vector<std::string> BackupInfo::children() const {
  std::vector<std::string> ids;
  if (!children_backup_ids) return ids;
  for (const std::string& id : split(*children_backup_ids, ','))
    if (!trim(id).empty()) ids.emplace_back(trim(id));
  return ids;
}

void BackupInfo::set_status(BackupStatus value) {
  status = value;
  if (value != BackupStatus::unknown) status_text = to_string(value);
}

}  // namespace barman::catalog
